"""The JSON of `kiapi`, held against the one of protobuf for Python.

Every command that the KiCad answers: the JSON of its template is taken by protobuf's parser, the JSON that protobuf writes is
taken by `kiapi`, both make the same bytes of it, and both write the same JSON. Then what KiCad answers to the commands that
only read, and every item of the board, in the same way.

Prints a line for each command, and nothing that depends on the run; ends with an error where the two differ.

Usage: KICAD_API_SOCKET=ipc://… python json_check.py PROGRAM
"""

import importlib
import json
import os
import pkgutil
import subprocess
import sys
import tempfile

import kipy.proto
from google.protobuf import empty_pb2, json_format, message_factory
from google.protobuf.descriptor_pool import Default

KIAPI = sys.argv[1]
# Files that no released KiCad has, and one of which does not link.
STALE = ("board_jobs", "generators", "jobs", "wizards", "schematic_jobs")

for module in pkgutil.walk_packages(kipy.proto.__path__, "kipy.proto."):
    name = module.name.rsplit(".", 1)[-1]
    if name.endswith("_pb2") and name.removesuffix("_pb2") not in STALE:
        importlib.import_module(module.name)


def kiapi(*args, text=None):
    """What a command prints, or none if KiCad refused."""
    done = subprocess.run([KIAPI, *args], input=text, capture_output=True, text=True)
    # 6: KiCad did not take an item, but answered.
    if done.returncode in (0, 6):
        return json.loads(done.stdout)
    if done.returncode in (4, 5):
        return None
    raise SystemExit(f"{args} ended with {done.returncode}: {done.stderr}{done.stdout}")


def kind(full_name):
    if full_name == "google.protobuf.Empty":
        return empty_pb2.Empty
    return message_factory.GetMessageClass(Default().FindMessageTypeByName(full_name))


def wire(message):
    # Maps have no order on the wire.
    return message.SerializeToString(deterministic=True)


def same(what, ours, theirs):
    if ours != theirs:
        raise SystemExit(f"{what} differs:\n  kiapi:    {ours!r:.2000}\n  protobuf: {theirs!r:.2000}")


def held(what, of, shown, raw, where):
    """Holds JSON and bytes of `kiapi` against what protobuf makes of them."""
    theirs = of.FromString(raw)
    same(f"the JSON of {what}", shown, json.loads(json_format.MessageToJson(theirs)))
    read = json_format.Parse(json.dumps(shown), of())
    same(f"what is read from the JSON of {what}", wire(read), wire(theirs))
    # A map may have its entries in any order, and leave an empty key or value out or not.
    if has_maps(of.DESCRIPTOR):
        return
    # The fields of a choice may stand elsewhere in an answer, which goes through messages of Rust: nothing is more or less.
    same(f"the length of {what}", len(raw), len(wire(theirs)))
    if where == "request":
        same(f"the bytes of {what}", raw, wire(theirs))


def has_maps(descriptor, seen=None):
    seen = seen if seen is not None else set()
    if descriptor.full_name in seen:
        return False
    seen.add(descriptor.full_name)
    if descriptor.GetOptions().map_entry:
        return True
    return any(has_maps(field.message_type, seen) for field in descriptor.fields if field.message_type)


def main():
    commands = [command for command in kiapi("list", "--json") if command["answered"]]
    folder = tempfile.TemporaryDirectory()
    file = os.path.join(folder.name, "message.binpb")

    def written():
        with open(file, "rb") as message:
            return message.read()

    answers = 0
    for command in commands:
        name, of = command["name"], kind(command["full_name"])
        template = kiapi("describe", name, "--template")
        # The template knows all versions; this one's protobuf knows its own.
        theirs = json_format.Parse(json.dumps(template), of(), ignore_unknown_fields=True)
        text = json_format.MessageToJson(theirs)
        shown = kiapi("call", name, "-", "--dry-run", "--no-document", "--binary", file, text=text)
        held(name, of, shown, written(), "request")
        # With the fields as KiCad's files call them, and all of them.
        text = json_format.MessageToJson(theirs, preserving_proto_field_name=True, use_integers_for_enums=True)
        same(f"{name} with other names", kiapi("call", name, "-", "--dry-run", "--no-document", text=text), shown)
        said = "request"
        if command["effect"] == "read":
            response = full_name_of_response(command)
            answer = kiapi("call", name, "-", "--binary", file, text=json.dumps(template))
            if answer is not None:
                held(f"the answer to {name}", response, answer, written(), "answer")
                answers += 1
                said = "request and answer"
        print(f"{name}: {said}", flush=True)

    types = [value for value in Default().FindEnumTypeByName("kiapi.common.types.KiCadObjectType").values_by_name]
    taken = []
    for of in sorted(types):
        answer = kiapi("call", "GetItems", json.dumps({"types": [of]}), "--binary", file)
        if answer is not None:
            response = kind("kiapi.common.commands.GetItemsResponse")
            held(f"items of {of}", response, answer, written(), "answer")
            taken.append((of, len(answer.get("items", []))))
    for of, count in taken:
        print(f"{of}: {count} items", flush=True)
    if answers < 20 or sum(count for _, count in taken) < 50:
        raise SystemExit(f"only {answers} answers and {taken} were compared")
    return 0


def full_name_of_response(command):
    return kind(kiapi("describe", command["full_name"], "--json")["response"])


if __name__ == "__main__":
    sys.exit(main())
