/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What a video track of a captured webview does when script calls it and when its session
//! tells it something.
//!
//! A track may be transferred: its session goes on as that of another track, in another global
//! object. What is left behind has ended, but for the answers to calls that were made before.

use std::collections::VecDeque;
use std::fmt;

use subcapture_api::{
    ChangeError, CropTargetId, FrameLimits, Ineligible, RestrictionTargetId, State, Subject,
    TrackCommand, TrackEvent, Withheld,
};

/// A track whose source is a session, and the calls of `cropTo()`, `restrictTo()` and
/// `applyConstraints()` that wait for an answer of the session. `P` is how the engine holds the
/// promise of a call.
///
/// Nothing here has effects of its own: a caller sends the commands and carries out the
/// [`TrackEffect`]s, in order.
#[derive(Debug)]
pub struct CaptureTrack<P> {
    surface: CapturedSurface,
    phase: Phase<P>,
}

/// What a track captures, as far as cropping and restricting are concerned.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CapturedSurface {
    /// The webview that shows the document of the track.
    OwnWebView,
    /// Another webview.
    OtherWebView,
}

#[derive(Debug)]
enum Phase<P> {
    /// The session may have something to say.
    Live(Live<P>),
    /// The track was transferred. The session may have yet to answer calls that were made before.
    Transferred(Calls<P>),
    /// The track was stopped, or the session has ended. No call waits, and none ever will.
    Ended,
}

#[derive(Debug)]
struct Live<P> {
    muted: bool,
    calls: Calls<P>,
    /// The rule that was last said to be violated.
    violated: Option<Ineligible>,
}

#[derive(Debug)]
struct Calls<P> {
    next_request: u64,
    /// In the order in which they were made.
    pending: VecDeque<Pending<P>>,
}

#[derive(Debug)]
struct Pending<P> {
    request: u64,
    promise: P,
    /// What comes of it if the track ends first.
    at_end: Result<(), CallError>,
    /// What the session has answered. Kept while an earlier call has no answer.
    answer: Option<Result<(), CallError>>,
}

/// A call that changes what a track shows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TrackCall {
    /// `cropTo()`.
    CropTo(Option<CropTargetId>),
    /// `restrictTo()`.
    RestrictTo(Option<RestrictionTargetId>),
}

impl TrackCall {
    /// Whatever was applied before, of either kind, is replaced.
    fn subject(self) -> Subject {
        match self {
            Self::CropTo(Some(target)) => Subject::Crop(target),
            Self::RestrictTo(Some(target)) => Subject::Restriction(target),
            Self::CropTo(None) | Self::RestrictTo(None) => Subject::Viewport,
        }
    }

    /// Why this call is rejected on a track that has ended.
    const fn error_after_end(self) -> CallError {
        match self {
            Self::CropTo(_) => CallError::Ended,
            // restrictTo() step 1: a track that is not live cannot be restricted.
            Self::RestrictTo(_) => CallError::NotRestrictable,
        }
    }
}

/// Why a call was rejected. The track is as it was.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CallError {
    /// `InvalidStateError`: the track has ended.
    Ended,
    /// `NotSupportedError`: the track cannot be restricted to any element.
    NotRestrictable,
    /// `NotAllowedError`: the track cannot be cropped to any element.
    NotCroppable,
    /// `NotAllowedError`: the captured webview has no such target. It is the same for a target
    /// that is unknown, of another webview, or of a document that is gone.
    UnknownTarget,
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ended => "The track has ended",
            Self::NotRestrictable => {
                "The track does not capture the tab of this document, or has ended"
            }
            Self::NotCroppable => "The track does not capture the tab of this document",
            Self::UnknownTarget => "The target is not in the captured tab",
        })
    }
}

impl std::error::Error for CallError {}

impl From<ChangeError> for CallError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Ended => Self::Ended,
            // An error that is not known here tells no more than this one does.
            _ => Self::UnknownTarget,
        }
    }
}

/// What has to be done about a track.
#[derive(Debug, Eq, PartialEq)]
pub enum TrackEffect<P> {
    /// Settle the promise of a call.
    Settle(P, Result<(), CallError>),
    /// Set the track's muted state.
    SetMuted(bool),
    /// Tell the author of the page why there are no frames.
    Explain(Ineligible),
    /// The track has ended, otherwise than by its `stop()`.
    End,
}

impl<P> CaptureTrack<P> {
    /// A live track that is not muted.
    pub fn new(surface: CapturedSurface) -> Self {
        Self::received(surface, false)
    }

    /// A live track that takes over what a transferred one had, its muted state included.
    pub fn received(surface: CapturedSurface, muted: bool) -> Self {
        let calls = Calls { next_request: 0, pending: VecDeque::new() };
        let live = Live { muted, calls, violated: None };
        Self { surface, phase: Phase::Live(live) }
    }

    /// A track that has ended: the clone of one that has.
    pub const fn ended(surface: CapturedSurface) -> Self {
        Self { surface, phase: Phase::Ended }
    }

    /// What is captured.
    pub const fn surface(&self) -> CapturedSurface {
        self.surface
    }

    /// Whether the track has not ended.
    pub const fn is_live(&self) -> bool {
        matches!(self.phase, Phase::Live(_))
    }

    /// Whether a call waits for its answer.
    pub fn is_waiting(&self) -> bool {
        let calls = match &self.phase {
            Phase::Live(live) => &live.calls,
            Phase::Transferred(calls) => calls,
            Phase::Ended => return false,
        };
        !calls.pending.is_empty()
    }

    /// The command that a call gives the session. [`TrackEffect::Settle`] is going to follow.
    ///
    /// # Errors
    ///
    /// The call is rejected at once, and the promise given back.
    pub fn call(&mut self, call: TrackCall, promise: P) -> Result<TrackCommand, (CallError, P)> {
        let Phase::Live(live) = &mut self.phase else {
            return Err((call.error_after_end(), promise));
        };
        match (self.surface, call) {
            (CapturedSurface::OwnWebView, _) => {}
            (CapturedSurface::OtherWebView, TrackCall::CropTo(_)) => {
                return Err((CallError::NotCroppable, promise));
            }
            // restrictTo() step 1.
            (CapturedSurface::OtherWebView, TrackCall::RestrictTo(_)) => {
                return Err((CallError::NotRestrictable, promise));
            }
        }
        let request = live.calls.push(promise, Err(CallError::Ended));
        Ok(TrackCommand::Change { request, subject: call.subject() })
    }

    /// The command of a call of `applyConstraints()` that limits frames. [`TrackEffect::Settle`]
    /// is going to follow, with a success whatever happens: a track that has ended has no frames
    /// that could be too large.
    ///
    /// # Errors
    ///
    /// The track has ended, and the promise is given back.
    pub fn limit(&mut self, limits: FrameLimits, promise: P) -> Result<TrackCommand, P> {
        let Phase::Live(live) = &mut self.phase else {
            return Err(promise);
        };
        let request = live.calls.push(promise, Ok(()));
        Ok(TrackCommand::Limit { request, limits })
    }

    /// What to do about something that the session says.
    pub fn handle(&mut self, event: TrackEvent) -> Vec<TrackEffect<P>> {
        let (live, event) = match (&mut self.phase, event) {
            (Phase::Ended, _) => return Vec::new(),
            (
                Phase::Live(Live { calls, .. }) | Phase::Transferred(calls),
                TrackEvent::Changed { request, result },
            ) => {
                return calls.answer(request, result.map(drop).map_err(CallError::from));
            }
            (
                Phase::Live(Live { calls, .. }) | Phase::Transferred(calls),
                TrackEvent::Limited { request },
            ) => return calls.answer(request, Ok(())),
            // It was let go of.
            (Phase::Transferred(_), TrackEvent::State(State::Ended(_))) => return self.end(),
            (Phase::Transferred(_), TrackEvent::State(_)) => return Vec::new(),
            (Phase::Live(live), TrackEvent::State(state)) => (live, state),
        };
        match event {
            State::Ended(_) => {
                let mut effects = self.end();
                effects.push(TrackEffect::End);
                effects
            }
            State::Active => {
                live.violated = None;
                live.set_muted(false)
            }
            State::Paused(reason) => live.pause(reason),
        }
    }

    /// The session goes on as that of another track. This one has ended; calls that wait get the
    /// answers that are on their way.
    pub fn transfer(&mut self) {
        self.phase = match std::mem::replace(&mut self.phase, Phase::Ended) {
            Phase::Live(live) if !live.calls.pending.is_empty() => Phase::Transferred(live.calls),
            Phase::Transferred(calls) => Phase::Transferred(calls),
            Phase::Live(_) | Phase::Ended => Phase::Ended,
        };
    }

    /// End the track. What is returned settles all calls that wait; nothing else is left to do
    /// for a track that script has stopped, no event tells of it.
    pub fn end(&mut self) -> Vec<TrackEffect<P>> {
        let calls = match std::mem::replace(&mut self.phase, Phase::Ended) {
            Phase::Ended => return Vec::new(),
            Phase::Live(live) => live.calls,
            Phase::Transferred(calls) => calls,
        };
        calls
            .pending
            .into_iter()
            .map(|pending| {
                // What has an answer was applied, or not, before the end.
                let result = pending.answer.unwrap_or(pending.at_end);
                TrackEffect::Settle(pending.promise, result)
            })
            .collect()
    }
}

impl<P> Calls<P> {
    /// Note a call. Gives the number of its request.
    fn push(&mut self, promise: P, at_end: Result<(), CallError>) -> u64 {
        let request = self.next_request;
        self.next_request += 1;
        self.pending.push_back(Pending { request, promise, at_end, answer: None });
        request
    }

    /// Take the answer to a call, and settle all calls that no unanswered one precedes.
    fn answer(&mut self, request: u64, answer: Result<(), CallError>) -> Vec<TrackEffect<P>> {
        let mut pending = self.pending.iter_mut();
        if let Some(pending) = pending.find(|pending| pending.request == request) {
            pending.answer.get_or_insert(answer);
        }
        let mut effects = Vec::new();
        while let Some(answer) = self.pending.front().and_then(|pending| pending.answer) {
            if let Some(pending) = self.pending.pop_front() {
                effects.push(TrackEffect::Settle(pending.promise, answer));
            }
        }
        effects
    }
}

impl<P> Live<P> {
    fn pause(&mut self, reason: Withheld) -> Vec<TrackEffect<P>> {
        match reason {
            // Frames go on within a moment, which script is not told of.
            Withheld::Pending | Withheld::Resizing => Vec::new(),
            Withheld::Ineligible(rule) => {
                let mut effects = self.set_muted(true);
                if self.violated.replace(rule) != Some(rule) {
                    effects.push(TrackEffect::Explain(rule));
                }
                effects
            }
            _ => {
                self.violated = None;
                self.set_muted(true)
            }
        }
    }

    fn set_muted(&mut self, muted: bool) -> Vec<TrackEffect<P>> {
        if std::mem::replace(&mut self.muted, muted) == muted {
            return Vec::new();
        }
        vec![TrackEffect::SetMuted(muted)]
    }
}

#[cfg(test)]
mod tests {
    use subcapture_api::{EndReason, Version};

    use super::*;

    type Track = CaptureTrack<&'static str>;

    fn track() -> Track {
        Track::new(CapturedSurface::OwnWebView)
    }

    fn crop() -> TrackCall {
        TrackCall::CropTo(Some(CropTargetId::from_bits(1)))
    }

    fn restriction() -> TrackCall {
        TrackCall::RestrictTo(Some(RestrictionTargetId::from_bits(2)))
    }

    fn request(track: &mut Track, call: TrackCall, promise: &'static str) -> u64 {
        match track.call(call, promise) {
            Ok(TrackCommand::Change { request, .. }) => request,
            other => unreachable!("{other:?}"),
        }
    }

    fn changed(request: u64, result: Result<Version, ChangeError>) -> TrackEvent {
        TrackEvent::Changed { request, result }
    }

    fn applied(request: u64) -> TrackEvent {
        changed(request, Ok(Version::default()))
    }

    fn paused(reason: Withheld) -> TrackEvent {
        TrackEvent::State(State::Paused(reason))
    }

    #[test]
    fn each_call_replaces_what_was_applied() {
        let cases = [
            (crop(), Subject::Crop(CropTargetId::from_bits(1))),
            (restriction(), Subject::Restriction(RestrictionTargetId::from_bits(2))),
            (TrackCall::CropTo(None), Subject::Viewport),
            (TrackCall::RestrictTo(None), Subject::Viewport),
        ];
        let mut track = track();
        for (expected_request, (call, expected)) in (0..).zip(cases) {
            let command = track.call(call, "");
            let expected = TrackCommand::Change { request: expected_request, subject: expected };
            assert_eq!(command, Ok(expected));
        }
    }

    #[test]
    fn calls_settle_in_their_order() {
        let mut track = track();
        let first = request(&mut track, crop(), "first");
        let second = request(&mut track, restriction(), "second");
        let third = request(&mut track, TrackCall::CropTo(None), "third");
        assert!(track.is_waiting());
        assert_eq!(track.handle(applied(second)), []);
        assert_eq!(
            track.handle(changed(first, Err(ChangeError::UnknownTarget))),
            [
                TrackEffect::Settle("first", Err(CallError::UnknownTarget)),
                TrackEffect::Settle("second", Ok(())),
            ]
        );
        assert_eq!(track.handle(applied(third)), [TrackEffect::Settle("third", Ok(()))]);
        assert!(!track.is_waiting());
    }

    #[test]
    fn only_the_first_answer_to_a_call_counts() {
        let mut track = track();
        let first = request(&mut track, crop(), "first");
        let second = request(&mut track, crop(), "second");
        assert_eq!(track.handle(changed(second, Err(ChangeError::UnknownTarget))), []);
        assert_eq!(track.handle(applied(second)), []);
        assert_eq!(track.handle(applied(99)), []);
        assert_eq!(
            track.handle(applied(first)),
            [
                TrackEffect::Settle("first", Ok(())),
                TrackEffect::Settle("second", Err(CallError::UnknownTarget)),
            ]
        );
        assert_eq!(track.handle(applied(first)), []);
    }

    #[test]
    fn the_end_settles_everything() {
        for is_stopped in [true, false] {
            let mut track = track();
            let _ = request(&mut track, crop(), "first");
            let second = request(&mut track, crop(), "second");
            track.handle(applied(second));
            let mut expected = vec![
                TrackEffect::Settle("first", Err(CallError::Ended)),
                TrackEffect::Settle("second", Ok(())),
            ];
            let effects = if is_stopped {
                track.end()
            } else {
                expected.push(TrackEffect::End);
                track.handle(TrackEvent::State(State::Ended(EndReason::WebViewClosed)))
            };
            assert_eq!(effects, expected);
            assert!(!track.is_live());
            // Whatever comes late changes nothing.
            assert_eq!(track.handle(applied(second)), []);
            assert_eq!(track.handle(TrackEvent::State(State::Active)), []);
            assert_eq!(track.end(), []);
            assert_eq!(track.call(crop(), "late"), Err((CallError::Ended, "late")));
            assert_eq!(
                track.call(restriction(), "late"),
                Err((CallError::NotRestrictable, "late"))
            );
        }
    }

    fn limit(track: &mut Track, promise: &'static str) -> u64 {
        match track.limit(FrameLimits::default(), promise) {
            Ok(TrackCommand::Limit { request, .. }) => request,
            other => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn limits_settle_in_the_order_of_all_calls() {
        let mut track = track();
        let first = request(&mut track, crop(), "crop");
        let second = limit(&mut track, "limit");
        assert_ne!(first, second);
        assert_eq!(track.handle(TrackEvent::Limited { request: second }), []);
        assert_eq!(
            track.handle(applied(first)),
            [TrackEffect::Settle("crop", Ok(())), TrackEffect::Settle("limit", Ok(()))]
        );
    }

    #[test]
    fn a_limit_succeeds_even_if_the_track_ends() {
        let mut track = track();
        let _ = limit(&mut track, "limit");
        assert_eq!(track.end(), [TrackEffect::Settle("limit", Ok(()))]);
        assert_eq!(track.limit(FrameLimits::default(), "late"), Err("late"));
    }

    #[test]
    fn a_transferred_track_has_ended_but_for_answers() {
        let mut track = track();
        let first = request(&mut track, crop(), "first");
        let _ = request(&mut track, crop(), "second");
        let _ = limit(&mut track, "third");
        track.transfer();
        assert!(!track.is_live());
        assert!(track.is_waiting());
        assert_eq!(track.call(crop(), "late"), Err((CallError::Ended, "late")));
        assert_eq!(track.limit(FrameLimits::default(), "late"), Err("late"));
        assert_eq!(track.handle(paused(Withheld::NotVisible)), []);
        assert_eq!(track.handle(applied(first)), [TrackEffect::Settle("first", Ok(()))]);
        // No event tells of its end.
        assert_eq!(
            track.handle(TrackEvent::State(State::Ended(EndReason::Stopped))),
            [
                TrackEffect::Settle("second", Err(CallError::Ended)),
                TrackEffect::Settle("third", Ok(())),
            ]
        );
        assert!(!track.is_waiting());
    }

    #[test]
    fn a_transferred_track_that_waits_for_nothing_has_ended() {
        let mut track = track();
        track.transfer();
        assert!(!track.is_live());
        assert!(!track.is_waiting());
        assert_eq!(track.handle(TrackEvent::State(State::Ended(EndReason::Stopped))), []);
        track.transfer();
        assert!(!track.is_live());
    }

    #[test]
    fn a_received_track_is_as_muted_as_it_was() {
        let mut track = Track::received(CapturedSurface::OwnWebView, true);
        assert_eq!(track.handle(paused(Withheld::NotVisible)), []);
        assert_eq!(track.handle(TrackEvent::State(State::Active)), [TrackEffect::SetMuted(false)]);
    }

    #[test]
    fn other_webviews_can_be_neither_cropped_nor_restricted() {
        let mut track = Track::new(CapturedSurface::OtherWebView);
        for (call, error) in [
            (crop(), CallError::NotCroppable),
            (TrackCall::CropTo(None), CallError::NotCroppable),
            (restriction(), CallError::NotRestrictable),
            (TrackCall::RestrictTo(None), CallError::NotRestrictable),
        ] {
            assert_eq!(track.call(call, "promise"), Err((error, "promise")));
        }
        assert!(track.is_live());
        assert!(!track.is_waiting());
        // One that has ended is no longer asked what it was.
        track.end();
        assert_eq!(track.call(crop(), "late"), Err((CallError::Ended, "late")));
    }

    #[test]
    fn pauses_mute_and_frames_unmute() {
        let mut track = track();
        assert_eq!(track.handle(TrackEvent::State(State::Active)), []);
        assert_eq!(track.handle(paused(Withheld::NotVisible)), [TrackEffect::SetMuted(true)]);
        assert_eq!(track.handle(paused(Withheld::Hidden)), []);
        assert_eq!(track.handle(TrackEvent::State(State::Active)), [TrackEffect::SetMuted(false)]);
    }

    #[test]
    fn moments_without_frames_go_unnoticed() {
        let mut track = track();
        for reason in [Withheld::Pending, Withheld::Resizing] {
            assert_eq!(track.handle(paused(reason)), []);
            assert_eq!(track.handle(TrackEvent::State(State::Active)), []);
        }
        // Nor do they unmute.
        track.handle(paused(Withheld::NotVisible));
        assert_eq!(track.handle(paused(Withheld::Pending)), []);
        assert_eq!(track.handle(TrackEvent::State(State::Active)), [TrackEffect::SetMuted(false)]);
    }

    #[test]
    fn a_violated_rule_is_explained_once() {
        let mut track = track();
        let violated = || paused(Withheld::Ineligible(Ineligible::NotStackingContext));
        let rule = Ineligible::NotStackingContext;
        assert_eq!(
            track.handle(violated()),
            [TrackEffect::SetMuted(true), TrackEffect::Explain(rule)]
        );
        assert_eq!(track.handle(violated()), []);
        track.handle(TrackEvent::State(State::Active));
        assert_eq!(
            track.handle(violated()),
            [TrackEffect::SetMuted(true), TrackEffect::Explain(rule)]
        );
    }
}
