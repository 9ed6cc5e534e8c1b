import * as api from "./api.js";
import { byId, element } from "./dom.js";
import { unwrap } from "./unwrap.js";

const BLOCK = 8_000; // characters fetched at a time
const MOST_BLOCKS = 10; // in the page at a time, so that a text of any length scrolls smoothly
const NEAR = 800; // pixels from an end of what is shown at which more is fetched

/**
 * The text of a document, of which only the surroundings of the place that is looked at are fetched. Blocks follow each
 * other seamlessly: each begins where its neighbour ends, however many characters the server gave.
 */
export class ReaderText {
  #conversation; // function: id
  #moved; // called when another part of the text may be in view
  #document = null;
  #passages = []; // of all documents, numbered in this order
  #blocks = []; // {text, start, end, element}
  #loading = false;
  #view = 0; // counts jumps; what was fetched for an earlier one is dropped
  #text = byId("reader-text");

  constructor(conversation, { moved, selected }) {
    this.#conversation = conversation;
    this.#moved = moved;
    this.#text.addEventListener("scroll", () => this.#extend(), { passive: true });
    this.#text.addEventListener("click", ({ target }) => {
      const mark = target.closest("[data-passage]");
      if (mark) {
        selected(Number(mark.dataset.passage));
      }
    });
  }

  /** Marks passages from now on; what is shown already keeps its marks until it is drawn anew. */
  set passages(passages) {
    this.#passages = passages;
  }

  redraw() {
    for (const block of this.#blocks) {
      block.element.replaceChildren(...this.#marked(block.text, block.start));
    }
  }

  /** Shows a document, from a position on that is not in the middle of a character. */
  open(document, position) {
    this.#document = document;
    return this.#jump(position);
  }

  close() {
    this.#document = null;
    this.#clear();
  }

  /** Shows the text around any position. */
  async jumpNear(position) {
    const { id } = this.#document;
    // the server gives whole characters: both halves, if the position is that of a second half
    const character = await api.text(this.#conversation(), id, position, position + 1).catch(() => "");
    if (this.#document?.id === id) {
      this.#jump(character.length > 1 ? position - 1 : position);
    }
  }

  /** Whether a passage is there to be scrolled to. */
  shows(number) {
    const { document, start, end } = this.#passages[number];
    return (
      document === this.#document?.id &&
      this.#blocks.length > 0 &&
      this.#blocks[0].start <= start &&
      end <= this.#blocks.at(-1).end &&
      this.#mark(number) !== null
    );
  }

  /** Brings a passage into view, if it is there. */
  scrollTo(number) {
    for (const mark of this.#text.querySelectorAll("mark")) {
      mark.classList.toggle("current", mark.dataset.passage === String(number));
    }
    const mark = this.#mark(number);
    if (mark) {
      this.#text.scrollTop += mark.getBoundingClientRect().top - this.#text.getBoundingClientRect().top - 40;
    }
  }

  /** First and last character in view, to a few lines; null if there is no text. */
  visible() {
    if (this.#blocks.length === 0) {
      return null;
    }
    const { start } = this.#blocks[0];
    const perPixel = (this.#blocks.at(-1).end - start) / Math.max(1, this.#text.scrollHeight);
    const top = start + this.#text.scrollTop * perPixel;
    return [top, Math.min(top + this.#text.clientHeight * perPixel, this.#document.characters)];
  }

  #mark(number) {
    return this.#text.querySelector(`[data-passage="${number}"]`);
  }

  #clear() {
    this.#view++;
    this.#blocks = [];
    this.#loading = false;
    this.#text.replaceChildren();
    this.#text.hidden = true;
  }

  async #jump(position) {
    this.#clear();
    const view = this.#view;
    this.#text.hidden = false;
    await this.#fetch(position, Math.min(position + BLOCK, this.#document.characters), "after");
    if (view !== this.#view) {
      return;
    }
    if (position > 0 && this.#blocks.length > 0) {
      await this.#fetch(Math.max(0, position - BLOCK), position, "before");
    }
    this.#extend();
  }

  async #extend() {
    if (this.#blocks.length === 0) {
      return;
    }
    this.#moved();
    const [first, last] = [this.#blocks[0], this.#blocks.at(-1)];
    const { scrollTop, scrollHeight, clientHeight } = this.#text;
    if (this.#loading || clientHeight === 0) {
      return;
    }
    if (scrollHeight - scrollTop - clientHeight < NEAR && last.end < this.#document.characters) {
      await this.#fetch(last.end, Math.min(last.end + BLOCK, this.#document.characters), "after");
      this.#extend();
    } else if (scrollTop < NEAR && first.start > 0) {
      await this.#fetch(Math.max(0, first.start - BLOCK), first.start, "before");
      this.#extend();
    }
  }

  async #fetch(start, end, side) {
    const view = this.#view;
    this.#loading = true;
    try {
      const text = unwrap(await api.text(this.#conversation(), this.#document.id, start, end));
      if (view === this.#view) {
        this.#insert(text, start, end, side);
      }
    } catch (problem) {
      if (view === this.#view) {
        this.#text.replaceChildren(element("p", { className: "problem", text: problem.message }));
        this.#blocks = [];
      }
    } finally {
      if (view === this.#view) {
        this.#loading = false;
      }
    }
  }

  #insert(text, start, end, side) {
    const block =
      side === "after"
        ? { text, start, end: text.length === 0 ? this.#document.characters : start + text.length }
        : { text, start: end - text.length, end };
    block.element = element("span", {}, ...this.#marked(text, block.start));
    if (side === "after") {
      this.#text.append(block.element);
      this.#blocks.push(block);
    } else {
      this.#keepPlace(() => this.#text.prepend(block.element));
      this.#blocks.unshift(block);
    }
    if (this.#blocks.length > MOST_BLOCKS) {
      if (side === "after") {
        this.#keepPlace(() => this.#blocks.shift().element.remove());
      } else {
        this.#blocks.pop().element.remove();
      }
    }
  }

  /** Changes what stands above the window without moving what is in it. */
  #keepPlace(change) {
    const below = this.#text.scrollHeight - this.#text.scrollTop;
    change();
    this.#text.scrollTop = this.#text.scrollHeight - below;
  }

  /** A block's text, cut where passages begin and end. */
  #marked(text, offset) {
    const nodes = [];
    let done = 0;
    this.#passages.forEach(({ document, start, end }, number) => {
      const from = Math.max(start - offset, done);
      const to = Math.min(end - offset, text.length);
      if (document !== this.#document.id || to <= from) {
        return;
      }
      const mark = element("mark", { text: text.slice(from, to) });
      mark.dataset.passage = number;
      if (start >= offset) {
        mark.prepend(
          element("button", { type: "button", className: "number", text: number + 1, ariaLabel: `Passage ${number + 1}` }),
        );
      }
      nodes.push(text.slice(done, from), mark);
      done = to;
    });
    nodes.push(text.slice(done));
    return nodes;
  }
}
