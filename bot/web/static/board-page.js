// The board alone, for a second screen.

import { BoardView } from "./board.js";
import { at } from "./dom.js";
import { Wire, showState } from "./wire.js";

const view = new BoardView(at("board"));
const wire = new Wire("/board/ws", {
  onframe: (frame) => frame.type === "board" && view.show(frame.board),
  onopen: () => showState(at("wire"), "open", "Up to date"),
  onstate: () => showState(at("wire"), "closed", "No connection; trying again…"),
});
wire.connect();
