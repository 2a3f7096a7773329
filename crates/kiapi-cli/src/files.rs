//! Files that are read as a whole, unless they have no end, as a device.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The most bytes that are read: several times what a KiCad takes in a message.
const LARGEST: u64 = 1 << 30;

/// All text of a file.
pub(crate) fn text(path: impl AsRef<Path>) -> io::Result<String> {
    text_of(File::open(path)?)
}

/// All bytes of a file.
pub(crate) fn bytes(path: impl AsRef<Path>) -> io::Result<Vec<u8>> {
    up_to(LARGEST, File::open(path)?)
}

/// All text that there is to read.
pub(crate) fn text_of(from: impl Read) -> io::Result<String> {
    let not_text = |error| io::Error::new(io::ErrorKind::InvalidData, error);
    String::from_utf8(up_to(LARGEST, from)?).map_err(not_text)
}

fn up_to(largest: u64, from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(largest + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > largest {
        let what = format!("it has more than {largest} bytes, and no more are read; give what has an end");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, what));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_end_is_read_up_to_a_limit() {
        assert_eq!(up_to(5, "12345".as_bytes()).unwrap(), b"12345");
        for endless in [Box::new("123456".as_bytes()) as Box<dyn Read>, Box::new(io::repeat(b'x'))] {
            let error = up_to(5, endless).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
            assert_eq!(
                error.to_string(),
                "it has more than 5 bytes, and no more are read; give what has an end"
            );
        }
        assert_eq!(text_of("1234µ".as_bytes()).unwrap(), "1234µ");
        assert_eq!(text_of(&b"\xff"[..]).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
