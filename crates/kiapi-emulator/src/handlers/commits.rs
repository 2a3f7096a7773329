//! Commits: changes that become one step of undo.
//!
//! There is one for each name of a client. Until it is pushed, what it creates is visible to nobody, what it deletes is
//! still there, and what it updates is live for all.

use kiapi_gen::board::types::Item;
use kiapi_gen::common::commands::{
    BeginCommit, BeginCommitResponse, CommitAction, EndCommit, EndCommitResponse,
};
use kiapi_gen::common::types::Kiid;
use kiapi_server::{Answer, Call, Refusal};

use crate::Editor;
use crate::document::items;

/// A commit that is open.
#[derive(Clone, Debug)]
pub(crate) struct Commit {
    pub(crate) id: String,
    /// Whether the client began it; one that KiCad began itself is pushed with the next change that succeeds.
    pub(crate) is_begun: bool,
    /// What it creates, in order.
    pub(crate) created: Vec<Item>,
    /// What it updated, as it was before.
    pub(crate) updated: Vec<Item>,
    /// The ids of what it deletes.
    pub(crate) deleted: Vec<String>,
}

impl Commit {
    pub(crate) fn new() -> Self {
        Self {
            id: uuid::Uuid::new_v4().to_string(),
            is_begun: false,
            created: Vec::new(),
            updated: Vec::new(),
            deleted: Vec::new(),
        }
    }

    fn is_empty(&self) -> bool {
        self.created.is_empty() && self.updated.is_empty() && self.deleted.is_empty()
    }
}

impl Editor {
    /// Makes what a commit changes part of the board.
    pub(crate) fn push(&mut self, commit: Commit) {
        if commit.is_empty() {
            return;
        }
        self.undo_steps += 1;
        let document = &mut self.document;
        for item in commit.created {
            document.items.add(item);
        }
        for id in commit.deleted {
            document.items.remove(&id);
            document.selection.retain(|selected| !selected.eq_ignore_ascii_case(&id));
        }
    }

    /// Takes back what a commit changed.
    fn drop_commit(&mut self, commit: Commit) {
        for item in commit.updated.iter().rev() {
            self.document.items.replace(item);
        }
    }

    /// Carries out a change in the commit of a client, or in one of its own. A change that fails leaves that one open, as
    /// KiCad does.
    pub(crate) fn change<T>(
        &mut self,
        call: &Call<'_>,
        work: impl FnOnce(&mut Self, &mut Commit) -> Answer<T>,
    ) -> Answer<T> {
        let mut commit = self.commits.remove(call.client_name).unwrap_or_else(Commit::new);
        let done = work(self, &mut commit);
        if done.is_ok() && !commit.is_begun {
            self.push(commit);
        } else {
            self.commits.insert(call.client_name.to_owned(), commit);
        }
        done
    }

    /// Opens a commit for a client that has none, as KiCad does for changes that it then forgets to push.
    pub(crate) fn leave_a_commit_open(&mut self, call: &Call<'_>) {
        self.commits.entry(call.client_name.to_owned()).or_insert_with(Commit::new);
    }
}

pub(super) fn begin_commit(
    editor: &mut Editor,
    call: &Call<'_>,
    _request: BeginCommit,
) -> Answer<BeginCommitResponse> {
    if editor.commits.contains_key(call.client_name) {
        let message = format!("the client {} already has a commit in progress", call.client_name);
        return Err(Refusal::bad_request(message));
    }
    let commit = Commit { is_begun: true, ..Commit::new() };
    let id = Kiid::new().with_value(commit.id.clone());
    editor.commits.insert(call.client_name.to_owned(), commit);
    Ok(BeginCommitResponse::new().with_id(id))
}

pub(super) fn end_commit(
    editor: &mut Editor,
    call: &Call<'_>,
    request: EndCommit,
) -> Answer<EndCommitResponse> {
    let Some(commit) = editor.commits.get(call.client_name) else {
        let message = format!("the client {} does not has a commit in progress", call.client_name);
        return Err(Refusal::bad_request(message));
    };
    let id = request.id.unwrap_or_default().value;
    match request.action {
        CommitAction::DROP => {
            if let Some(commit) = editor.commits.remove(call.client_name) {
                editor.drop_commit(commit);
            }
        }
        CommitAction::COMMIT if commit.id != id => {
            let message = format!("the id {id} does not match the commit in progress");
            return Err(Refusal::bad_request(message));
        }
        CommitAction::COMMIT => {
            if let Some(commit) = editor.commits.remove(call.client_name) {
                editor.push(commit);
            }
        }
        // Neither the one nor the other: KiCad says OK and does nothing.
        _ => {}
    }
    Ok(EndCommitResponse::new())
}

/// Notes in a commit how an item was, unless an earlier change noted it.
pub(super) fn note(commit: &mut Commit, before: Item) {
    let known =
        items::id(&before).is_some_and(|id| commit.updated.iter().any(|item| items::has_id(item, id)));
    if !known {
        commit.updated.push(before);
    }
}
