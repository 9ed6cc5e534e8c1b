import * as api from "./api.js";
import { byId, element, say } from "./dom.js";
import { count, plural, share } from "./format.js";

const BLOCK = 8_000; // characters fetched at a time
const MOST_BLOCKS = 10; // in the page at a time, so that a text of any length scrolls smoothly
const NEAR = 800; // pixels from an end of what is shown at which more is fetched

/**
 * A document with the passages that the drafter read. Only the surroundings of the place that is looked at are fetched.
 * Blocks follow each other seamlessly: each begins where its neighbour ends, however many characters the server gave.
 */
export class Reader {
  #conversation; // function: id
  #documents = [];
  #document = null;
  #passages = []; // of all documents, numbered in this order
  #blocks = []; // {text, start, end, element}
  #loading = false;
  #current = 0; // passage
  #embeddingModel = true; // without, no passages are found
  #view = 0; // counts jumps; what was fetched for an earlier one is dropped
  #text = byId("reader-text");

  constructor(conversation) {
    this.#conversation = conversation;
    this.#text.addEventListener("scroll", () => this.#extend(), { passive: true });
    this.#text.addEventListener("click", ({ target }) => {
      const mark = target.closest("[data-passage]");
      if (mark) {
        this.#select(Number(mark.dataset.passage));
        byId("passages").children[mark.dataset.passage].firstElementChild.focus();
      }
    });
    byId("reader-document").addEventListener("change", ({ target }) => this.open(target.value));
    byId("overview").addEventListener("click", (event) => {
      const { left, width } = event.currentTarget.getBoundingClientRect();
      this.#jumpNear(Math.floor(((event.clientX - left) / width) * this.#document.characters));
    });
  }

  /** What the server said of its models. */
  configure({ embeddingModel }) {
    this.#embeddingModel = embeddingModel;
    this.#describe();
  }

  /** Says which documents there are. */
  documents(documents) {
    this.#documents = documents;
    byId("reader-document").replaceChildren(
      ...documents.map(({ id, name }) => element("option", { value: id, text: name })),
    );
    byId("reader-choice").hidden = documents.length < 2;
    if (!documents.some(({ id }) => id === this.#document?.id)) {
      this.#document = null;
      this.#passages = this.#ofDocuments(this.#passages);
      this.#current = 0;
      this.#describe();
      if (documents.length > 0) {
        this.open(documents[0].id);
      } else {
        this.#clear();
      }
    } else {
      byId("reader-document").value = this.#document.id;
    }
  }

  /** Highlights what the drafter read for an answer, and shows the best of it. */
  highlight(passages) {
    this.#passages = this.#ofDocuments(passages);
    this.#describe();
    for (const block of this.#blocks) {
      block.element.replaceChildren(...this.#marked(block.text, block.start));
    }
    if (this.#passages.length > 0) {
      const best = this.#passages.reduce((one, other) => (other.score > one.score ? other : one));
      this.#select(this.#passages.indexOf(best));
    }
  }

  /** Those of documents that have not been removed. */
  #ofDocuments(passages) {
    return passages.filter(({ document }) => this.#documents.some(({ id }) => id === document));
  }

  /** Puts the current passage into view again, after the panel could not be seen. */
  reveal() {
    if (this.#passages.length > 0) {
      this.#select(this.#current);
    }
  }

  /** Shows a document, from a position on. */
  open(id, position = 0) {
    this.#document = this.#documents.find((document) => document.id === id);
    byId("reader-document").value = id;
    this.#drawOverview();
    return this.#jump(position);
  }

  async #select(number) {
    const passage = this.#passages[number];
    this.#current = number;
    const shown =
      passage.document === this.#document?.id &&
      this.#blocks.length > 0 &&
      this.#blocks[0].start <= passage.start &&
      passage.end <= this.#blocks.at(-1).end &&
      this.#text.querySelector(`[data-passage="${number}"]`);
    if (!shown) {
      await this.open(passage.document, passage.start);
    }
    for (const button of byId("passages").querySelectorAll("button")) {
      button.ariaCurrent = String(button.dataset.number === String(number));
    }
    byId("passages").querySelector('[aria-current="true"]')?.parentElement.scrollIntoView({ block: "nearest" });
    for (const mark of this.#text.querySelectorAll("mark")) {
      mark.classList.toggle("current", mark.dataset.passage === String(number));
    }
    const mark = this.#text.querySelector(`[data-passage="${number}"]`);
    if (mark) {
      this.#text.scrollTop += mark.getBoundingClientRect().top - this.#text.getBoundingClientRect().top - 40;
    }
  }

  /** The list of the passages, and how much of the documents they are. */
  #describe() {
    const list = byId("passages");
    list.hidden = this.#passages.length === 0;
    list.replaceChildren(
      ...this.#passages.map((passage, number) => {
        const document = this.#documents.find(({ id }) => id === passage.document);
        const button = element(
          "button",
          { type: "button", onclick: () => this.#select(number), title: "Similarity to the question" },
          element("span", { className: "number", text: number + 1 }),
          element("span", {
            className: "where",
            text: (this.#documents.length > 1 ? `${document.name}, ` : "") + `at ${share(passage.start, document.characters)}`,
          }),
          element("span", { className: "score", text: passage.score.toFixed(2) }),
        );
        button.dataset.number = number;
        return element("li", {}, button);
      }),
    );
    const read = this.#passages.reduce((sum, { start, end }) => sum + end - start, 0);
    const all = this.#documents.reduce((sum, { characters }) => sum + characters, 0);
    byId("reader-summary").textContent =
      this.#passages.length > 0
        ? `${plural(this.#passages.length, "passage")}, ${share(read, all)} of the text.`
        : this.#embeddingModel
          ? "The passages found for a question will be highlighted here."
          : "No passages are found: there is no embedding model.";
    this.#drawOverview();
  }

  /** The document as a bar, with its passages and the place that is looked at. */
  #drawOverview() {
    const overview = byId("overview");
    overview.hidden = !this.#document;
    overview.replaceChildren();
    if (!this.#document) {
      return;
    }
    const place = (className, start, end) => {
      const slice = element("span", { className });
      slice.style.left = `${(100 * start) / this.#document.characters}%`;
      slice.style.width = `${(100 * (end - start)) / this.#document.characters}%`;
      overview.append(slice);
    };
    for (const { document, start, end } of this.#passages) {
      if (document === this.#document.id) {
        place("slice", start, end);
      }
    }
    if (this.#blocks.length > 0) {
      place("window", ...this.#visible());
    }
  }

  /** What stands in the window, to a few lines. */
  #visible() {
    const { start } = this.#blocks[0];
    const perPixel = (this.#blocks.at(-1).end - start) / Math.max(1, this.#text.scrollHeight);
    const top = start + this.#text.scrollTop * perPixel;
    return [top, Math.min(top + this.#text.clientHeight * perPixel, this.#document.characters)];
  }

  #clear() {
    this.#view++;
    this.#blocks = [];
    this.#loading = false;
    this.#text.replaceChildren();
    this.#text.hidden = true;
  }

  /** Shows the text around any position. */
  async #jumpNear(position) {
    const { id } = this.#document;
    // the server gives whole characters: both halves, if the position is that of a second half
    const character = await api.text(this.#conversation(), id, position, position + 1).catch(() => "");
    if (this.#document?.id === id) {
      this.#jump(character.length > 1 ? position - 1 : position);
    }
  }

  /** Shows the text around a position that is not in the middle of a character. */
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
    this.#drawOverview();
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
      const text = await api.text(this.#conversation(), this.#document.id, start, end);
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
