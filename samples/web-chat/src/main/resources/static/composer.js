import { byId, element, say } from "./dom.js";
import { plural } from "./format.js";

const MOST_SUGGESTIONS = 3;

/** Where questions are written. */
export class Composer {
  #ask; // async function: question
  #suggestions = [];
  #asked = new Set();
  #asking = false;
  #retry;

  /** ask: async function of the question; throws what is to be shown. stop: function */
  constructor({ ask, stop }) {
    this.#ask = ask;
    byId("ask").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    byId("question").addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.#submit();
      }
    });
    byId("stop-button").addEventListener("click", stop);
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented) {
        stop();
      }
    });
  }

  limit(questionCharacters) {
    byId("question").maxLength = questionCharacters;
  }

  /** Offers questions, those that have been asked left out. */
  suggest(questions) {
    this.#suggestions = questions;
    const open = questions.filter((question) => !this.#asked.has(question)).slice(0, MOST_SUGGESTIONS);
    byId("suggestions").hidden = open.length === 0;
    byId("suggestions").replaceChildren(
      ...open.map((text) =>
        element("button", {
          type: "button",
          text,
          onclick: () => {
            byId("question").value = text;
            byId("question").focus();
            this.#submit();
          },
        }),
      ),
    );
  }

  asked(questions) {
    questions.forEach((question) => this.#asked.add(question));
    this.suggest(this.#suggestions);
  }

  /** Shows the button that is of use, and keeps the focus on one. */
  running(running) {
    const [ask, stop] = [byId("ask-button"), byId("stop-button")];
    const lost = document.activeElement === (running ? ask : stop);
    ask.hidden = running;
    stop.hidden = !running;
    if (lost) {
      (running ? stop : byId("question")).focus();
    }
  }

  async #submit() {
    const question = byId("question").value.trim();
    if (!question || this.#asking || !byId("stop-button").hidden) {
      return;
    }
    this.say("");
    this.inform("");
    this.#asking = true; // the button is not disabled: it would lose the keyboard's place
    try {
      await this.#ask(question);
      byId("question").value = "";
      this.asked([question]);
    } catch (problem) {
      this.say(problem.message, problem.retryAfter);
    } finally {
      this.#asking = false;
    }
  }

  /** Says what the question waits for, or that it can be asked. */
  inform(text) {
    say(byId("composer-info"), text);
  }

  /** Says what went wrong, and when to try again. */
  say(text, retryAfter = 0) {
    clearTimeout(this.#retry);
    say(byId("composer-problem"), retryAfter > 0 ? `${text}. Ask again in ${plural(retryAfter, "second")}.` : text);
    if (retryAfter > 0) {
      this.#retry = setTimeout(() => {
        this.say("");
        this.inform("You can ask again now.");
      }, 1000 * retryAfter);
    }
  }
}
