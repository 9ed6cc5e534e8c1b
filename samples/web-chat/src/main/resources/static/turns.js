import * as api from "./api.js";
import { Answer } from "./answer.js";
import { announce, byId, element, fromTemplate } from "./dom.js";
import { MODES } from "./modes.js";
import { verdict } from "./verdict.js";

const NEAR_END = 80; // pixels
const PLAIN = "LONG_CONTEXT";

/** The questions of the conversation and their answers. */
export class Turns {
  #heard;
  #running = new Set(); // answers
  #following = true; // the end of the conversation, as long as the reader stays there
  #plainTokensPerSecond = null; // of the plain model's latest answer
  #scroll = byId("scroll");

  /** heard: {passages(answer), showPassages(answer), running(boolean)} */
  constructor(heard) {
    this.#heard = heard;
    this.#scroll.addEventListener(
      "scroll",
      () => {
        const { scrollHeight, scrollTop, clientHeight } = this.#scroll;
        this.#following = scrollHeight - scrollTop - clientHeight < NEAR_END;
      },
      { passive: true },
    );
  }

  get empty() {
    return byId("turns").childElementCount === 0;
  }

  get running() {
    return this.#running.size > 0;
  }

  /** Shows a question, and its answers while they are written. */
  add(question, answers) {
    this.#following = true;
    this.#turn(question, answers);
  }

  /** Shows what was asked before a reload, and goes on with what is still being written. */
  restore(turns) {
    const restored = turns.flatMap(({ question, answers }) => this.#turn(question, answers));
    const latest = restored.findLast((answer) => answer.ending && answer.passages.length > 0);
    if (latest) {
      this.#heard.passages(latest);
    }
  }

  clear() {
    byId("turns").replaceChildren();
    this.#running.clear();
    this.#plainTokensPerSecond = null;
  }

  /**
   * Asks the server to stop what is being written; the events will tell when it has. The last first, as the end of one
   * begins the next.
   */
  async stop() {
    for (const { id } of [...this.#running].reverse()) {
      await api.stopAnswer(id).catch(() => {});
    }
  }

  #turn(question, answers) {
    const turn = fromTemplate("turn-template");
    turn.querySelector(".question").textContent = question;
    const views = answers.map(
      (answer) =>
        new Answer(answer, {
          passages: (view) => this.#running.has(view) && this.#heard.passages(view),
          showPassages: this.#heard.showPassages,
          change: () => this.#follow(),
          end: (view) => {
            this.#compare(turn, views);
            this.#setBesidePlain(view, views.length === 1);
            this.#end(view, turn);
          },
        }),
    );
    turn.querySelector(".answers").append(...views.map((view) => view.element));
    byId("turns").append(turn);
    views.forEach((view, i) => this.#fill(view, answers[i]));
    this.#follow();
    return views;
  }

  #fill(view, { state, startedAt, passages, thinking, pieces, figures, result }) {
    if (api.isLast(state)) {
      if (startedAt !== null) {
        view.apply("started", { at: startedAt });
      }
      view.apply("passages", { passages: passages ?? [] });
      if (thinking !== null) {
        view.apply("thinking", { text: thinking });
      }
      view.apply("text", { pieces });
      if (figures) {
        view.apply("progress", figures);
      }
      view.apply(state, result);
    } else {
      this.#running.add(view);
      view.listen();
      this.#heard.running(true);
    }
  }

  #compare(turn, views) {
    if (views.length > 1 && views.every(({ ending }) => ending)) {
      const [headline, ...rest] = verdict(...views);
      const place = turn.querySelector(".verdict");
      place.replaceChildren(element("strong", { text: headline }), ` ${rest.join(" ")}`);
      place.hidden = false;
    }
  }

  #setBesidePlain(view, alone) {
    if (view.ending !== "done" || !(view.statistics?.tokensPerSecond > 0)) {
      return;
    }
    if (view.mode === PLAIN) {
      this.#plainTokensPerSecond = view.statistics.tokensPerSecond;
    } else if (alone && this.#plainTokensPerSecond) {
      view.setBeside(this.#plainTokensPerSecond);
    }
  }

  #end(view, turn) {
    if (this.#running.delete(view)) {
      announce(`${MODES[view.mode].name}: ${view.spoken()}`);
      if (!this.running) {
        announce(turn.querySelector(".verdict").textContent);
        this.#heard.running(false);
      }
    }
  }

  #follow() {
    if (this.#following) {
      this.#scroll.scrollTop = this.#scroll.scrollHeight;
    }
  }
}
