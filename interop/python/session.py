"""A session of KiCad's official Python client, as a transcript.

Goes through what the client offers and prints a line of JSON for each step: what it asked and what it saw. Nothing in it
depends on the run: ids become numbers in the order in which they appear, and what KiCad lists in no order is sorted. So the
transcript of a KiCad and that of an emulator of the same version are the same text.

Usage: KICAD_API_SOCKET=ipc://… python session.py
"""

import hashlib
import json
import os
import re
import sys
import time

from google.protobuf import text_format
from kipy import KiCad
from kipy.board import BoardLayer
from kipy.board_types import PadStackShape, Track, Via
from kipy.common_types import Text
from kipy.errors import ApiError
from kipy.geometry import Vector2
from kipy.util.units import from_mm

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
ids = {}


def plain(value):
    """What is left of a value when all that depends on the run is taken out of it."""
    try:
        value = value.proto
    except (AttributeError, KeyError):  # some of the client's wrappers have none
        pass
    if hasattr(value, "DESCRIPTOR"):
        text = text_format.MessageToString(value, as_one_line=True)
        text = re.sub(r'path: "[^"]*"', 'path: "…"', text)
        return ID.sub(lambda match: f"id {ids.setdefault(match[0], len(ids))}", text)
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in sorted(value.items(), key=lambda pair: str(pair[0]))}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (str, int, float, bool)) or value is None:
        return value
    return repr(value)


def say(step, value):
    seen = plain(value)
    if isinstance(seen, list) and len(json.dumps(seen)) > 2000:
        whole = hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:16]
        seen = {"count": len(seen), "digest": whole, "first": seen[0], "last": seen[-1]}
    print(json.dumps({"step": step, "saw": seen}, ensure_ascii=False, sort_keys=True), flush=True)


def step(name, work):
    """A step; what KiCad refuses is part of the transcript, and what goes wrong in the client ends it."""
    try:
        value = work()
    except ApiError as error:
        say(name, f"refused: {error}")
        return None
    say(name, value)
    return value


def patient(work):
    """Waits while KiCad answers nobody, as it does while it fills zones."""
    end = time.monotonic() + 60
    while True:
        try:
            return work()
        except Exception:  # noqa: BLE001
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def main():
    kicad = KiCad(os.environ["KICAD_API_SOCKET"], client_name="interop", timeout_ms=20000)
    kicad.ping()
    version = kicad.get_version()
    say("version", [version.major, version.minor, version.patch])
    board = kicad.get_board()
    say("name", board.name)

    for name in [
        "get_nets", "get_footprints", "get_pads", "get_tracks", "get_vias", "get_zones", "get_shapes", "get_text",
        "get_dimensions", "get_groups", "get_reference_images", "get_barcodes", "get_stackup", "get_enabled_layers",
        "get_visible_layers", "get_active_layer", "get_copper_layer_count", "get_graphics_defaults",
        "get_title_block_info", "get_editor_appearance_settings",
    ]:
        if hasattr(board, name):
            step(name, getattr(board, name))
    for layer in [BoardLayer.BL_F_Cu, BoardLayer.BL_B_SilkS, BoardLayer.BL_User_1, BoardLayer.BL_In1_Cu]:
        step(f"layer name {layer}", lambda layer=layer: board.get_layer_name(layer))
    for kind in [1, 2]:
        step(f"origin {kind}", lambda kind=kind: board.get_origin(kind))
    nets = board.get_nets()
    step("classes of nets", lambda: board.get_netclass_for_nets(nets))
    if hasattr(board, "get_items_by_net"):
        ground = [net for net in nets if net.name == "GND"]
        step("items by net", lambda: sorted(board.get_items_by_net(ground), key=lambda item: item.id.value))
    step("text variables", lambda: board.get_project().get_text_variables())
    step("classes", lambda: board.get_project().get_net_classes())
    step("expanded", lambda: board.expand_text_variables(["${TITLE} ${AUTHOR} ${NO_SUCH}", "plain"]))

    pads, footprints = board.get_pads(), board.get_footprints()
    # The outline of a custom pad is joined from shapes, and need not have the same points.
    custom = lambda pad: any(face.shape == PadStackShape.PSS_CUSTOM for face in pad.padstack.copper_layers)
    step("pad shapes", lambda: [
        board.get_pad_shapes_as_polygons(pad, BoardLayer.BL_F_Cu) for pad in pads if not custom(pad)])
    if hasattr(board, "check_padstack_presence_on_layers"):
        step("presence", lambda: sorted(
            (plain(item.id), sorted((layer, state) for layer, state in layers.items()))
            for item, layers in board.check_padstack_presence_on_layers(pads, [BoardLayer.BL_F_Cu]).items()))
    for name, items in [("footprints", footprints), ("tracks", board.get_tracks()), ("vias", board.get_vias()),
                        ("zones", board.get_zones()), ("shapes", board.get_shapes()), ("texts", board.get_text())]:
        step(f"boxes of {name}", lambda items=items: [board.get_item_bounding_box(item) for item in items])
        step(f"boxes of {name} with texts",
             lambda items=items: [board.get_item_bounding_box(item, include_text=True) for item in items])
    step("hits", lambda: [board.hit_test(pad, pad.position, 0) for pad in pads])
    step("misses", lambda: [board.hit_test(pad, Vector2.from_xy_mm(1, 1), 0) for pad in pads])

    def text():
        text = Text()
        text.value = "Hello ${TITLE}"
        text.position = Vector2.from_xy_mm(10, 20)
        text.attributes.size = Vector2.from_xy_mm(1.5, 1)
        text.attributes.stroke_width = from_mm(0.2)
        return text

    step("extents", lambda: kicad.get_text_extents(text()))
    step("shapes of a text", lambda: kicad.get_text_as_shapes([text()]))

    step("clear selection", board.clear_selection)
    step("select", lambda: sorted(plain(item) for item in board.add_to_selection([footprints[0], board.get_vias()[0]])))
    step("selection", lambda: sorted(plain(item) for item in board.get_selection()))
    step("deselect", lambda: sorted(plain(item) for item in board.remove_from_selection([footprints[0]])))
    board.clear_selection()

    def counts():
        return {"tracks": len(board.get_tracks()), "vias": len(board.get_vias()), "footprints": len(board.get_footprints())}

    def track():
        track = Track()
        track.start, track.end = Vector2.from_xy_mm(40, 62), Vector2.from_xy_mm(45, 62)
        track.width = from_mm(0.3)
        track.layer = BoardLayer.BL_F_Cu
        track.net = next(net for net in nets if net.name == "GND")
        return track

    def via():
        via = Via()
        via.position = Vector2.from_xy_mm(45, 62)
        via.diameter, via.drill_diameter = from_mm(0.7), from_mm(0.3)
        via.net = next(net for net in nets if net.name == "GND")
        return via

    commit = board.begin_commit()
    made = step("create", lambda: board.create_items([track(), via()]))
    step("while the commit is open", counts)
    step("push", lambda: board.push_commit(commit, "made"))
    step("after the commit", counts)

    commit = board.begin_commit()
    footprint = next(f for f in board.get_footprints() if f.reference_field.text.value == "C1")
    footprint.position += Vector2.from_xy_mm(0, 1)
    step("move a footprint", lambda: board.update_items([footprint]))
    step("drop", lambda: board.drop_commit(commit))
    step("where it is", lambda: next(f for f in board.get_footprints() if f.reference_field.text.value == "C1").position)

    if made:
        made[0].width = from_mm(0.4)
        step("update", lambda: board.update_items([made[0]]))
        step("remove", lambda: board.remove_items(made))
    step("after all", counts)

    def title():
        info = board.get_title_block_info()
        info.title = "Another"
        board.set_title_block_info(info)
        return board.get_title_block_info()

    if hasattr(board, "set_title_block_info"):
        step("title", title)
    step("set origin", lambda: board.set_origin(1, Vector2.from_xy_mm(1, 2)))
    step("origin after", lambda: board.get_origin(1))
    step("set active layer", lambda: board.set_active_layer(BoardLayer.BL_B_Cu))
    step("active layer after", board.get_active_layer)
    step("set visible layers", lambda: board.set_visible_layers([BoardLayer.BL_F_Cu, BoardLayer.BL_Edge_Cuts]))
    step("visible layers after", board.get_visible_layers)

    step("refill", lambda: board.refill_zones(block=False))
    patient(kicad.ping)
    step("zones after", lambda: [zone.filled for zone in board.get_zones()])
    step("action", lambda: kicad.run_action("no.such.action"))
    step("saved", lambda: len(board.get_as_string()) > 1000)
    return 0


if __name__ == "__main__":
    sys.exit(main())
