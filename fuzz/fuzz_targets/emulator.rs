#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kiapi_fuzz::targets::emulator(data));
