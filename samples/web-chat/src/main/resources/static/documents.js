import * as api from "./api.js";
import { announce, byId, fromTemplate, say, showProgress } from "./dom.js";
import { bytes, count, plural, share } from "./format.js";

/** Tokens are not known while no model is loaded. */
const size = ({ tokens, characters }) =>
  [tokens != null && plural(tokens, "token"), plural(characters, "character")].filter(Boolean).join(", ");

/** Whether the same may succeed a little later. */
const mayPass = ({ status }) => status === 0 || status === 429 || status >= 500;

const AT_A_TIME = 2; // files: as many as the server reads at once, so that a slow one does not keep the others waiting

/** The list of documents, and the ways to add to it and remove from it. */
export class Documents {
  #session;
  #changed; // function: documents
  #refused; // function
  #show; // function: document id
  #documents = [];
  #readAsked = 0; // times
  #limits = {};
  #contextLength = 0;
  #embeddingModel = true; // without, no passages are found
  #waiting = []; // functions that add a document each
  #working = 0; // of those that no longer wait
  #added = Promise.resolve();
  #left = new AbortController(); // the conversation

  constructor(session, { changed, refused, show }) {
    this.#session = session;
    this.#changed = changed;
    this.#refused = refused;
    this.#show = show;
    byId("files").addEventListener("change", ({ target }) => {
      this.add([...target.files]);
      target.value = "";
    });
    for (const button of document.querySelectorAll("[data-do=sample]")) {
      button.addEventListener("click", () => this.#addSample());
    }
    for (const button of document.querySelectorAll("[data-do=choose]")) {
      button.addEventListener("click", () => byId("files").click());
    }
    this.#acceptDrops();
  }

  /** What the server said of its limits and its model. */
  configure({ limits, target, embeddingModel }) {
    this.#limits = limits;
    this.#embeddingModel = embeddingModel;
    byId("no-passages").hidden = embeddingModel;
    this.#contextLength = target?.contextLength ?? 0;
    byId("drop-hint").textContent =
      `Or drop them anywhere on this page. Text, Markdown or PDF, up to ${bytes(limits.uploadBytes)}.`;
    this.#describeContext();
  }

  get names() {
    return this.#documents.map(({ name }) => name);
  }

  set(documents) {
    this.#left.abort();
    this.#left = new AbortController();
    byId("documents").replaceChildren();
    this.#documents = [];
    for (const document of documents) {
      this.#list(document, this.#entry(document.name));
    }
    this.#update();
  }

  add(files) {
    for (const file of files) {
      const entry = this.#entry(file.name);
      if (file.size > this.#limits.uploadBytes) {
        this.#refuse(entry, `This file has ${bytes(file.size)}; up to ${bytes(this.#limits.uploadBytes)} are taken.`);
      } else {
        this.#enqueue(entry, (left) => this.#upload(file, entry, left));
      }
    }
  }

  /** Marks the documents that the model has read already; an engine that is busy with them does not say so. */
  async markRead() {
    const asked = ++this.#readAsked;
    if (this.#documents.length === 0) {
      return;
    }
    try {
      const { documents } = await api.readDocuments(await this.#session.id());
      if (asked === this.#readAsked) {
        for (const entry of byId("documents").children) {
          entry.querySelector(".read").hidden = !documents.includes(entry.dataset.id);
        }
      }
    } catch {
      // a mark is not worth a message; whatever is wrong, the next question says
    }
  }

  /** Whether files are still on their way. */
  get adding() {
    return this.#working + this.#waiting.length > 0;
  }

  /** Resolved when the files that are on their way have been added or refused. */
  get added() {
    return this.#added;
  }

  /** work: async function of a signal that it is to end, since the entry or the conversation was left */
  #enqueue(entry, work) {
    const cancelled = new AbortController();
    this.#offer(entry, "Cancel", () => {
      // what is being read is there by then, and goes when it has an id
      if (entry.dataset.state !== "reading") {
        cancelled.abort();
      }
      this.#dismiss(entry);
    });
    say(entry.querySelector(".problem"), "");
    this.#offerRetry(entry, () => this.#enqueue(entry, work));
    this.#state(entry, "queued", "Queued");
    const left = AbortSignal.any([cancelled.signal, this.#left.signal]);
    const added = new Promise((resolve) => this.#waiting.push(() => work(left).finally(resolve)));
    this.#added = Promise.all([this.#added, added]);
    this.#begin();
  }

  /** Begins with those whose turn it is. */
  #begin() {
    while (this.#working < AT_A_TIME && this.#waiting.length > 0) {
      this.#working++;
      this.#waiting.shift()().finally(() => {
        this.#working--;
        this.#begin();
      });
    }
  }

  #upload(file, entry, signal) {
    const bar = entry.querySelector("progress");
    this.#state(entry, "sending", "Sending");
    const onSent = (sent, total) => {
      if (sent < total) {
        this.#state(entry, "sending", `Sending: ${share(sent, total)}`);
      } else {
        this.#state(entry, "reading", "Reading and counting its tokens");
      }
      showProgress(bar, sent, sent < total ? total : 0);
    };
    return this.#load(entry, (conversation) => api.upload(conversation, file, { onSent, signal }));
  }

  #addSample() {
    const entry = this.#entry("Sample register");
    this.#enqueue(entry, () => {
      this.#state(entry, "reading", "Counting its tokens");
      return this.#load(entry, (conversation) => api.addSample(conversation));
    });
  }

  async #load(entry, request) {
    if (!entry.isConnected) {
      return; // its conversation was left before its turn came
    }
    showProgress(entry.querySelector("progress"));
    try {
      const conversation = await this.#session.id();
      const document = await request(conversation);
      if (!entry.isConnected) {
        await api.removeDocument(conversation, document.id);
        return;
      }
      this.#list(document, entry);
      this.#update();
      announce(`${document.name} added, ${size(document)}.`);
    } catch (problem) {
      if (entry.isConnected) {
        this.#refuse(entry, problem.message, mayPass(problem));
      }
    }
  }

  /** An entry for a document that is not there yet. */
  #entry(name) {
    const entry = fromTemplate("document-template");
    entry.querySelector(".name").textContent = name;
    entry.querySelector(".open").disabled = true;
    byId("documents").append(entry);
    return entry;
  }

  #list(document, entry) {
    this.#documents.push(document);
    entry.dataset.id = document.id;
    entry.querySelector("progress").hidden = true;
    entry.querySelector(".name").textContent = document.name;
    this.#state(entry, "ready", `Ready: ${size(document)}`);
    entry.querySelector(".retry").hidden = true;
    const open = entry.querySelector(".open");
    open.disabled = false;
    open.title = "Show the text";
    open.addEventListener("click", () => this.#show(document.id));
    this.#offer(entry, "Remove", (button) => this.#remove(document, entry, button));
  }

  async #remove(document, entry, button) {
    button.disabled = true;
    try {
      await api.removeDocument(await this.#session.id(), document.id);
    } catch (problem) {
      if (problem.status !== 404) {
        say(entry.querySelector(".problem"), problem.message);
        button.disabled = false;
        return;
      }
    }
    this.#documents = this.#documents.filter(({ id }) => id !== document.id);
    this.#dismiss(entry);
    announce(`${document.name} removed.`);
    this.#update();
  }

  #refuse(entry, reason, mayPass = false) {
    entry.querySelector("progress").hidden = true;
    this.#state(entry, "failed", "Not added");
    say(entry.querySelector(".problem"), reason);
    announce(`${entry.querySelector(".name").textContent} was not added. ${reason}`);
    entry.querySelector(".retry").hidden = !mayPass;
    this.#offer(entry, "Remove", () => this.#dismiss(entry));
    this.#refused();
  }

  #state(entry, state, text) {
    entry.dataset.state = state;
    entry.querySelector(".state").textContent = text;
  }

  /** What can be done with an entry now. action: function of the button */
  #offer(entry, word, action) {
    const button = entry.querySelector(".remove");
    button.textContent = word;
    button.ariaLabel = `${word} ${entry.querySelector(".name").textContent}`;
    button.onclick = () => action(button);
  }

  #offerRetry(entry, action) {
    const button = entry.querySelector(".retry");
    button.hidden = true;
    button.ariaLabel = `Try again to add ${entry.querySelector(".name").textContent}`;
    button.onclick = () => {
      entry.querySelector(".remove").focus();
      action();
    };
  }

  /** Takes an entry away without losing the keyboard's place. */
  #dismiss(entry) {
    const neighbour = entry.nextElementSibling ?? entry.previousElementSibling;
    (neighbour?.querySelector(".remove") ?? byId("files")).focus();
    entry.remove();
  }

  #update() {
    this.#describeContext();
    this.#changed(this.#documents);
  }

  #describeContext() {
    const tokens = this.#documents.reduce((sum, document) => sum + (document.tokens ?? 0), 0);
    byId("context").hidden = this.#documents.length === 0 || this.#contextLength === 0;
    showProgress(byId("context-bar"), Math.min(tokens, this.#contextLength), this.#contextLength);
    const full = tokens > this.#contextLength;
    byId("context").classList.toggle("full", full);
    const passages = this.#embeddingModel
      ? "passages come from all of it"
      : "without an embedding model, no passages come from it either";
    byId("context-text").textContent =
      `${count(tokens)} of the ${plural(this.#contextLength, "token")} that the model can read` +
      (full ? `: it will not read the middle; ${passages}` : "");
  }

  #acceptDrops() {
    const { documentElement: page } = document;
    const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
    page.addEventListener("dragover", (event) => {
      if (hasFiles(event)) {
        event.preventDefault();
        document.body.classList.add("dragging");
      }
    });
    page.addEventListener("dragleave", (event) => {
      if (event.relatedTarget === null) {
        document.body.classList.remove("dragging");
      }
    });
    page.addEventListener("drop", (event) => {
      document.body.classList.remove("dragging");
      if (hasFiles(event)) {
        event.preventDefault();
        this.add([...event.dataTransfer.files]);
      }
    });
  }
}
