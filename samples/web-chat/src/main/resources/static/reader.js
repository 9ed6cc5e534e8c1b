import { byId, element } from "./dom.js";
import { drawOverview, focusPassage, listPassages, markCurrent } from "./reader-passages.js";
import { ReaderText } from "./reader-text.js";

/** A document with the passages that the drafter read: which one is shown, and which passage of it. */
export class Reader {
  #documents = [];
  #document = null;
  #passages = []; // of all documents, numbered in this order
  #current = 0; // passage
  #embeddingModel = true; // without, no passages are found
  #text;

  constructor(conversation) {
    this.#text = new ReaderText(conversation, {
      moved: () => this.#drawOverview(),
      selected: (number) => {
        this.#select(number);
        focusPassage(number);
      },
    });
    byId("reader-document").addEventListener("change", ({ target }) => this.open(target.value));
    byId("overview").addEventListener("click", (event) => {
      const { left, width } = event.currentTarget.getBoundingClientRect();
      this.#text.jumpNear(Math.floor(((event.clientX - left) / width) * this.#document.characters));
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
    if (documents.some(({ id }) => id === this.#document?.id)) {
      byId("reader-document").value = this.#document.id;
      return;
    }
    this.#document = null;
    this.#text.close();
    this.#remember(this.#passages);
    this.#current = 0;
    this.#describe();
    if (documents.length > 0) {
      this.open(documents[0].id);
    }
  }

  /** Highlights what the drafter read for an answer, and shows the best of it. */
  highlight(passages) {
    this.#remember(passages);
    this.#describe();
    this.#text.redraw();
    if (this.#passages.length > 0) {
      const best = this.#passages.reduce((one, other) => (other.score > one.score ? other : one));
      this.#select(this.#passages.indexOf(best));
    }
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
    const shown = this.#text.open(this.#document, position);
    this.#drawOverview();
    return shown;
  }

  /** Passages of documents that have been removed are forgotten. */
  #remember(passages) {
    this.#passages = passages.filter(({ document }) => this.#documents.some(({ id }) => id === document));
    this.#text.passages = this.#passages;
  }

  async #select(number) {
    const passage = this.#passages[number];
    this.#current = number;
    if (!this.#text.shows(number)) {
      await this.open(passage.document, passage.start);
    }
    markCurrent(number);
    this.#text.scrollTo(number);
  }

  #describe() {
    listPassages(this.#passages, this.#documents, {
      embeddingModel: this.#embeddingModel,
      selected: (number) => this.#select(number),
    });
    this.#drawOverview();
  }

  #drawOverview() {
    drawOverview(this.#document, this.#passages, this.#text.visible());
  }
}
