/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! What documents have to send along for the running sessions.

use rustc_hash::FxHashMap;
use subcapture_api::RestrictionTargetId;
use webrender_api::PipelineId;

/// What the display lists of one document have to carry.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Interest {
    /// A layer for each of these targets, in the pipeline that is reserved for it.
    pub layers: Vec<(RestrictionTargetId, PipelineId)>,
    /// Where nested documents are.
    pub nested: bool,
}

impl Interest {
    pub(crate) fn add_layer(&mut self, target: RestrictionTargetId, pipeline: PipelineId) {
        let position = self.layers.binary_search_by_key(&pipeline.1, |(_, pipeline)| pipeline.1);
        if let Err(index) = position {
            self.layers.insert(index, (target, pipeline));
        }
    }
}

/// What every document was told last.
pub(crate) struct Interests<V>(FxHashMap<(V, PipelineId), Interest>);

impl<V> Default for Interests<V> {
    fn default() -> Self {
        Self(FxHashMap::default())
    }
}

impl<V: Copy + Eq + std::hash::Hash> Interests<V> {
    /// Take over what is of interest now, and give what changed for whom. A document that is of
    /// no interest any more is told so once.
    pub(crate) fn update(
        &mut self,
        now: FxHashMap<(V, PipelineId), Interest>,
    ) -> Vec<(V, PipelineId, Interest)> {
        let mut changes = Vec::new();
        for (&(view, pipeline), interest) in &now {
            if self.0.get(&(view, pipeline)) != Some(interest) {
                changes.push((view, pipeline, interest.clone()));
            }
        }
        for &(view, pipeline) in self.0.keys() {
            if !now.contains_key(&(view, pipeline)) {
                changes.push((view, pipeline, Interest::default()));
            }
        }
        self.0 = now;
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_hears_only_of_changes() {
        let mut interests = Interests::<()>::default();
        let pipeline = PipelineId(1, 1);
        let nested = Interest { layers: Vec::new(), nested: true };
        let one = || FxHashMap::from_iter([(((), pipeline), nested.clone())]);
        assert_eq!(interests.update(one()), [((), pipeline, nested.clone())]);
        assert_eq!(interests.update(one()), []);
        let gone = [((), pipeline, Interest::default())];
        assert_eq!(interests.update(FxHashMap::default()), gone);
        assert_eq!(interests.update(FxHashMap::default()), []);
    }
}
