// The local stage: puts the parts of the page together.

import { BoardView, claimOf, showStrip } from "./board.js";
import { ChatLog } from "./chat.js";
import { Composer } from "./composer.js";
import { at } from "./dom.js";
import { formAnswered, openForm } from "./form.js";
import { openMenu } from "./menu.js";
import { Rooms } from "./rooms.js";
import { Who } from "./who.js";
import { Wire, nonce, showState } from "./wire.js";

const CLAIMERS = new Set(["viewer", "customer"]);
const STAGERS = new Set(["moderator", "producer", "owner"]);

class Stage {
  #you = null;
  #hello = "";
  #commands = [];
  #menu = [];
  #board = null;
  #arrived = [];
  #drawing = 0;
  #pressed = new Map();

  constructor() {
    this.who = new Who(() => this.#greet());
    this.rooms = new Rooms((room) => this.#opened(room));
    this.log = new ChatLog({
      press: (post, button, element) => this.#press(post, button, element),
      form: (post) => this.#form(post),
      entries: (post) => this.#entries(post).flat(),
      menu: (post, line) => openMenu(line, this.#entries(post)),
    });
    this.composer = new Composer({
      send: (text, pictures) => this.#say(text, pictures),
      edit: (id, text) => this.#ask({ type: "edit", id, text }),
      complete: (text) => this.wire.send({ type: "complete", text }) || this.composer.offer(text, []),
      last: () => this.#editLast(),
    });
    this.board = new BoardView(at("board"), (...picked) => this.#words(...picked), (text) => this.#write(text));
    this.wire = new Wire("/stage/ws", {
      onframe: (frame, asked) => this.#hear(frame, asked),
      onopen: () => this.#greet(),
      onstate: () => showState(at("wire"), "closed", "No connection; trying again…"),
    });
    document.addEventListener("keydown", (event) => this.#slash(event));
    this.wire.connect();
  }

  // --- what the server tells ----------------------------------------------------------------

  #hear(frame, asked) {
    const news = {
      welcome: () => this.#welcome(frame),
      post: () => this.#post(frame.post),
      edited: () => this.#change(frame.post),
      reaction: () => this.#change(frame.post),
      deleted: () => this.#remove(frame.post.id),
      board: () => this.#show(frame.board),
      completions: () => this.composer.offer(frame.text, frame.items),
      accepted: () => this.#answered(frame, asked),
      refused: () => this.#refused(frame, asked),
      status: () => this.#people(frame.people),
    }[frame.type];
    // News between a hello and its welcome are for whoever sat here before.
    const chat = ["post", "edited", "reaction", "deleted"].includes(frame.type);
    if (news && !(chat && this.#hello)) news();
  }

  #greet() {
    this.#hello = nonce();
    this.wire.send({ type: "hello", person: this.who.now, nonce: this.#hello });
  }

  #welcome(frame) {
    if (frame.nonce !== this.#hello) return;
    this.#hello = "";
    this.#arrived = [];
    const same = this.#you?.id === frame.you.id && this.#you.role === frame.you.role;
    this.#you = frame.you;
    this.#commands = frame.commands;
    this.#menu = frame.menu;
    this.rooms.welcome(frame.channels, frame.history, same);
    this.#opened(this.rooms.open);
    if (this.#board) this.board.show(this.#board);
    const given = this.wire.again(this.#you.id).find((kept) => kept.frame.text);
    if (given) this.composer.refused("That could not be sent. Your text is back in the box.", given.frame.text);
    this.#pending();
    document.body.dataset.ready = this.#you.id;
  }

  #opened(room) {
    this.log.open(room, this.rooms.posts(), this.#you);
    this.composer.open(room.id, this.#commands);
    this.composer.takesPictures(room.sort === "direct");
    this.#suggest();
    this.#pending();
  }

  // Posts are drawn together: a busy show must not make the page stutter.
  #post(post) {
    if (!this.rooms.add(post)) return;
    this.#arrived.push(post);
    this.#drawing ||= setTimeout(() => this.#draw(), 16);
    if (post.form && post.author.bot && !document.hidden) this.#form(post);
  }

  #draw() {
    this.#drawing = 0;
    const posts = this.#arrived.splice(0);
    const open = this.rooms.open.id;
    const here = posts.filter((post) => post.channel === open);
    if (here.length) {
      this.log.add(here);
      this.#pending();
    }
    this.rooms.missed(posts.filter((post) => post.channel !== open && post.author.id !== this.#you.id));
  }

  #change(post) {
    this.rooms.change(post);
    const waits = this.#arrived.findIndex((each) => each.id === post.id);
    if (waits >= 0) this.#arrived[waits] = post;
    else if (post.channel === this.rooms.open.id) this.log.change(post);
  }

  #remove(id) {
    this.rooms.remove(id);
    this.#arrived = this.#arrived.filter((post) => post.id !== id);
    this.log.remove(id);
  }

  #show(board) {
    this.#board = board;
    this.#suggest();
    this.board.show(board);
    showStrip(at("strip"), board);
    if (board) document.title = `${board.show || board.shop || "Andon"} · Andon`;
  }

  #people(count) {
    showState(at("wire"), "open", "Connected", count > 1 ? `, ${count} people here` : "");
  }

  #answered(frame, asked) {
    this.#release(frame.nonce);
    formAnswered(frame.nonce, "");
    if (asked) this.#pending();
  }

  #refused(frame, asked) {
    this.#release(frame.nonce);
    if (frame.nonce && frame.nonce === this.#hello) return this.who.refused(frame.text);
    if (formAnswered(frame.nonce, frame.text)) return;
    this.composer.refused(frame.text, asked?.text);
    this.#pending();
  }

  // --- what is done here --------------------------------------------------------------------

  #ask(frame) {
    return this.wire.ask(frame, this.#you.id);
  }

  #say(text, pictures) {
    const room = this.rooms.open;
    const direct = room.sort === "direct" && !text.trimStart().startsWith("/");
    if (direct || pictures.length) this.#ask({ type: "direct", text, pictures });
    else this.#ask({ type: "post", channel: room.id, text });
    this.#pending();
  }

  #pending() {
    const open = this.rooms.open;
    if (!open) return;
    const shown = new Set(this.rooms.posts().map((post) => post.nonce));
    const lines = this.wire
      .unanswered(this.#you.id)
      .map((kept) => kept.frame)
      .filter((frame) => (frame.type === "direct" && !open.id) || (frame.type === "post" && frame.channel === open.id))
      .filter((frame) => !shown.has(frame.nonce));
    this.log.pending(lines.map((frame) => frame.text));
  }

  #press(post, button, element) {
    element.disabled = true;
    const key = this.#ask({ type: "press", channel: post.channel, button: button.id });
    this.#pressed.set(key, element);
  }

  #release(key) {
    const element = this.#pressed.get(key);
    if (element) element.disabled = false;
    this.#pressed.delete(key);
  }

  #form(post) {
    openForm(post, (values) => this.#ask({ type: "submit", channel: post.channel, form: post.form.id, values }));
  }

  // What a press on the board writes: viewers claim, moderators put on stage.
  #words(item, variant) {
    if (CLAIMERS.has(this.#you?.role)) return claimOf(item, variant);
    return STAGERS.has(this.#you?.role) && !variant ? `/stage ${item.code}` : "";
  }

  #write(text) {
    if (this.rooms.open.sort !== "stream") this.rooms.goHome();
    this.composer.write(text);
  }

  // The box says what is worth typing right now.
  #suggest() {
    const room = this.rooms.open;
    if (!room) return;
    const board = this.#board;
    const staged = board?.on_stage[0];
    const item = staged && board.items.find((each) => each.code === staged.code);
    let words = { stream: "Write to the chat", direct: "Write to Andon: cart", team: "Write to the team" }[room.sort];
    if (room.sort === "stream" && item && CLAIMERS.has(this.#you.role)) {
      const named = item.variants.find((variant) => variant.name === staged.variant);
      words = `Try: ${claimOf(item, named || item.variants.find((variant) => variant.left) || item.variants[0])}`;
    } else if (room.sort === "stream" && STAGERS.has(this.#you.role)) {
      words = board?.state === "live" || board?.state === "paused" ? "Try: /stage next" : "Try: /show start";
    }
    this.composer.suggest(words);
  }

  #entries(post) {
    const line = post.kind === "chat" && !post.author.bot;
    const mine = line && post.author.id === this.#you.id;
    const own = mine
      ? [
          { label: "Edit", run: () => this.composer.edit(post) },
          { label: "Delete", run: () => this.#ask({ type: "delete", id: post.id }) },
        ]
      : [];
    const stream = line && this.rooms.open.sort === "stream";
    const menu = stream ? this.#menu : [];
    return [
      menu.map((entry) => ({
        label: entry.label,
        run: () => this.#ask({ type: "press", channel: post.channel, button: entry.id, line: post.id }),
      })),
      own,
    ];
  }

  #editLast() {
    const last = this.rooms.posts().findLast((post) => post.kind === "chat" && post.author.id === this.#you.id);
    if (last) this.composer.edit(last);
  }

  #slash(event) {
    const typing = event.target.closest("input, textarea, select, dialog");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.composer.focus();
  }
}

new Stage();
