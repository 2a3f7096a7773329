//! Texts of `.proto` files, and protox set up to compile them.

use std::collections::BTreeMap;

use protox::Compiler;
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};

/// Texts of `.proto` files, by the names that imports know them by.
pub(crate) type Texts = BTreeMap<String, String>;

/// A compiler for `texts`, which may import each other and `google/protobuf`.
pub(crate) fn compiler(texts: &Texts) -> Compiler {
    let mut resolver = ChainFileResolver::new();
    resolver.add(InMemory(texts.clone()));
    resolver.add(GoogleFileResolver::new());
    let mut compiler = Compiler::with_file_resolver(resolver);
    compiler.include_imports(true);
    compiler
}

/// The line and the column of `file` that an error is about: protox tells them only in its report.
pub(crate) fn place(error: &protox::Error, file: &str) -> Option<(usize, usize)> {
    let report = format!("{error:?}");
    let (_, place) = report.split_once(&format!("{file}:"))?;
    let mut numbers = place.split(':').map(|number| number.split_whitespace().next()?.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

struct InMemory(Texts);

impl FileResolver for InMemory {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        let text = self.0.get(name).ok_or_else(|| protox::Error::file_not_found(name))?;
        File::from_source(name, text)
    }
}
