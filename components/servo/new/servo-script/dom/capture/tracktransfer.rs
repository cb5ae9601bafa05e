/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! Tracks that go to another document or to a worker:
//! [transferable tracks](https://w3c.github.io/mediacapture-extensions/#transferable-mediastreamtrack).
//!
//! What is captured goes on as it is. The track that is left behind has ended, and its calls that
//! wait get their answers.

use js::context::JSContext;
use script_bindings::error::{Error, Fallible};
use script_bindings::root::DomRoot;
use servo_constellation_traits::{
    TransferableTrack, TransferredTrackId, TransferredTrackIndex, TransferredTracks,
    new_transferred_track_id,
};

use crate::dom::bindings::structuredclone::StructuredData;
use crate::dom::bindings::transferable::Transferable;
use crate::dom::capture::browsercapturemediastreamtrack::BrowserCaptureMediaStreamTrack;
use crate::dom::capture::trackglobal::TrackGlobal;
use crate::dom::globalscope::GlobalScope;

impl Transferable for BrowserCaptureMediaStreamTrack {
    type Index = TransferredTrackIndex;
    type Data = TransferableTrack;

    fn can_transfer(&self) -> bool {
        !self.is_detached()
    }

    fn transfer(&self, cx: &mut JSContext) -> Fallible<(TransferredTrackId, Self::Data)> {
        // If value's [[IsDetached]] is true, throw a DataCloneError.
        if self.is_detached() {
            return Err(Error::DataClone(Some(
                "The track was transferred before".into(),
            )));
        }
        let data = self
            .detach(cx)
            .map_err(|_| Error::DataClone(Some("The capture cannot be passed on".into())))?;
        Ok((new_transferred_track_id(), data))
    }

    fn transfer_receive(
        cx: &mut JSContext,
        owner: &GlobalScope,
        _: TransferredTrackId,
        data: Self::Data,
    ) -> Result<DomRoot<Self>, ()> {
        let global = TrackGlobal::of(owner).ok_or(())?;
        Self::receive(cx, global, data).map_err(|_| ())
    }

    fn serialized_storage<'a>(data: StructuredData<'a, '_>) -> &'a mut Option<TransferredTracks> {
        match data {
            StructuredData::Reader(reader) => &mut reader.transferred_tracks,
            StructuredData::Writer(writer) => &mut writer.transferred_tracks,
        }
    }
}
