import { byId, element } from "./dom.js";
import { plural, share } from "./format.js";

/** The passages as a list, and how much of the documents they are. */
export function listPassages(passages, documents, { embeddingModel, selected }) {
  const list = byId("passages");
  list.hidden = passages.length === 0;
  list.replaceChildren(
    ...passages.map((passage, number) => {
      const document = documents.find(({ id }) => id === passage.document);
      const button = element(
        "button",
        { type: "button", onclick: () => selected(number) },
        element("span", { className: "number", text: number + 1 }),
        element("span", {
          className: "where",
          text: (documents.length > 1 ? `${document.name}, ` : "") + `at ${share(passage.start, document.characters)}`,
        }),
        element("span", { className: "score", text: passage.score.toFixed(2) }),
      );
      button.dataset.number = number;
      return element("li", {}, button);
    }),
  );
  const read = passages.reduce((sum, { start, end }) => sum + end - start, 0);
  const all = documents.reduce((sum, { characters }) => sum + characters, 0);
  byId("reader-summary").textContent =
    passages.length > 0
      ? `${plural(passages.length, "passage")}, ${share(read, all)} of the text. The last number of each, up to 1, says how well it fits the question.`
      : embeddingModel
        ? "The passages found for a question will be highlighted here."
        : "No passages are found: there is no embedding model.";
}

/** Tells the current passage from the others in the list. */
export function markCurrent(number) {
  for (const button of byId("passages").querySelectorAll("button")) {
    button.ariaCurrent = String(button.dataset.number === String(number));
  }
  byId("passages").querySelector('[aria-current="true"]')?.parentElement.scrollIntoView({ block: "nearest" });
}

export function focusPassage(number) {
  byId("passages").children[number].firstElementChild.focus();
}

/** A document as a bar, with its passages and the place that is looked at; hidden if there is no document. */
export function drawOverview(document, passages, visible) {
  const overview = byId("overview");
  overview.hidden = !document;
  overview.replaceChildren();
  if (!document) {
    return;
  }
  const place = (className, start, end) => {
    const slice = element("span", { className });
    slice.style.left = `${(100 * start) / document.characters}%`;
    slice.style.width = `${(100 * (end - start)) / document.characters}%`;
    overview.append(slice);
  };
  for (const passage of passages) {
    if (passage.document === document.id) {
      place("slice", passage.start, passage.end);
    }
  }
  if (visible) {
    place("window", ...visible);
  }
}
