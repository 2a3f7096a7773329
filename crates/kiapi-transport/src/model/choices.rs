//! Every sequence of choices, one after the other.

/// Who decides. The first run takes the first of all that is there to choose from; each later one differs from the one
/// before in the last choice that had something left.
#[derive(Debug, Default)]
pub(crate) struct Choices {
    /// What was chosen, of how many.
    path: Vec<(usize, usize)>,
    at: usize,
}

impl Choices {
    /// One of `of`, counted from 0.
    pub(crate) fn choose(&mut self, of: usize) -> usize {
        assert!(of > 0, "there is nothing to choose from");
        if of == 1 {
            return 0;
        }
        if self.at == self.path.len() {
            self.path.push((0, of));
        }
        let (chosen, before) = self.path[self.at];
        assert_eq!(before, of, "the same choices lead elsewhere: {:?}", self.path);
        self.at += 1;
        chosen
    }

    /// Goes on to the next sequence. Whether there is one.
    pub(crate) fn next(&mut self) -> bool {
        self.path.truncate(self.at);
        self.at = 0;
        while let Some((chosen, of)) = self.path.pop() {
            if chosen + 1 < of {
                self.path.push((chosen + 1, of));
                return true;
            }
        }
        false
    }

    /// What was chosen so far, to find a failure again.
    pub(crate) fn path(&self) -> Vec<usize> {
        self.path[..self.at].iter().map(|(chosen, _)| *chosen).collect()
    }
}

#[test]
fn every_sequence_comes_once() {
    let mut choices = Choices::default();
    let mut seen = Vec::new();
    loop {
        let first = choices.choose(2);
        let second = if first == 0 { choices.choose(3) } else { 9 };
        seen.push((first, second, choices.choose(1)));
        if !choices.next() {
            break;
        }
    }
    assert_eq!(seen, [(0, 0, 0), (0, 1, 0), (0, 2, 0), (1, 9, 0)]);
}
