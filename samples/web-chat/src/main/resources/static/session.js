import * as api from "./api.js";

const KEY = "conversation";

/** The conversation of this browser tab; it outlives a reload. */
export class Session {
  #id = sessionStorage.getItem(KEY);
  #creation = null;

  /** The id of the conversation that there is, or null. */
  get current() {
    return this.#id;
  }

  /** The id of the conversation, which is made now if there is none. */
  async id() {
    if (!this.#id) {
      this.#creation ??= api.createConversation().finally(() => (this.#creation = null));
      this.#id = (await this.#creation).id;
      sessionStorage.setItem(KEY, this.#id);
    }
    return this.#id;
  }

  forget() {
    this.#id = null;
    sessionStorage.removeItem(KEY);
  }
}
