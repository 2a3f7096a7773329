// What the examples in the documentation stand on, in one hidden line: an emulated KiCad, and a client of it.
{
    let emulator = kiapi_emulator::Emulator::demo().start().expect("it needs nothing but a temporary folder");
    let options = kiapi::ConnectOptions::new().socket(emulator.socket().clone());
    let kicad = kiapi::KiCad::connect_with(options).expect("an emulator answers");
    (emulator, kicad)
}
