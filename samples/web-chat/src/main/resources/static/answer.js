import { isLast, listen } from "./api.js";
import { element, fromTemplate, say, showProgress } from "./dom.js";
import { count, percent, plural, seconds, share, speed } from "./format.js";
import { MODES } from "./modes.js";

const CODE_FENCE = /^```/gm; // of Markdown, before and behind code
const NOTABLE_WAIT = 500; // milliseconds

/** Of a piece, by where its token comes from. */
const CLASSES = { TARGET: "chosen", DRAFTER: "drafted", LOOKUP: "found", GRAMMAR: "given" };

/** Tokens of both prompts, whether they had to be read or not. */
export const promptTokens = (statistics) => statistics.promptTokens + statistics.drafterPromptTokens;

/** Where tokens were found that did not have to be read. */
function place(cached, restored) {
  if (restored === 0) {
    return "in memory";
  }
  return restored === cached ? "taken from disk" : `in memory, or taken from disk (${count(restored)})`;
}

/** One answer on the page, as its events tell it. */
export class Answer {
  passages = [];
  text = "";
  ending = null; // "done", "stopped" or "failed"
  seconds = null; // from its start to its end; waiting not counted
  statistics = null;
  #firstPrompt = null; // tokens of the prompt that is read first
  #place; // the element that the next piece goes into
  #thought = "";
  #pieces = { TARGET: 0, DRAFTER: 0, LOOKUP: 0, GRAMMAR: 0 };
  #startedAt = null; // milliseconds after the question arrived at the server
  #arrival = Infinity; // of the question, on the page's clock
  #timer;
  #heard;

  /** heard: {passages(answer), change(answer), end(answer), showPassages(answer)} */
  constructor({ id, mode }, heard) {
    this.id = id;
    this.mode = mode;
    this.element = fromTemplate("answer-template");
    this.element.classList.toggle("drafting", MODES[mode].drafts);
    this.#heard = heard;
    this.#place = this.#part(".pieces");
    this.#part("h4").textContent = MODES[mode].name;
    this.#part(".show-passages").addEventListener("click", () => heard.showPassages(this));
  }

  /** Shows it while it is written. */
  listen() {
    this.element.classList.add("running");
    this.#phase("Waiting for the server");
    this.#timer = setInterval(() => this.#tick(), 100);
    listen(this.id, {
      onEvent: (event, data) => this.apply(event, data),
      onConnection: (there) => (this.#part(".connection").hidden = there),
      onGone: () =>
        this.apply("failed", { title: "The server no longer has this answer", detail: "ask the question again" }),
    });
  }

  apply(event, data) {
    if (this.ending) {
      return;
    }
    if (data.at !== undefined) {
      this.#arrival = Math.min(this.#arrival, performance.now() - data.at);
    }
    this.#show[event](data);
    if (isLast(event)) {
      this.#end(event, data);
    }
    this.#heard.change(this);
  }

  #show = {
    queued: ({ ahead }) => this.#phase(ahead > 0 ? `Waiting: ${plural(ahead, "answer")} before this one` : "Waiting"),
    started: ({ at }) => {
      this.#startedAt = at;
      say(this.#part(".waited"), at >= NOTABLE_WAIT ? `waited ${seconds(at / 1000)}` : "");
      this.#phase(MODES[this.mode].searches ? "Looking for passages" : "Reading");
    },
    indexing: ({ done, total }) =>
      this.#phase(`Looking for passages: ${share(done, total)}, ${count(done)} of ${count(total)}`, done, total),
    passages: ({ passages }) => {
      this.passages = passages;
      say(
        this.#part(".show-passages"),
        passages.length > 0 ? `Show the ${plural(passages.length, "passage")} the drafter read` : "",
      );
      this.#heard.passages(this);
    },
    prefill: ({ read, total }) =>
      this.#phase(
        `Reading${this.#prompt(total)}: ${share(read, total)}, ${count(read)} of ${plural(total, "token")}`,
        read,
        total,
      ),
    thinking: ({ text }) => {
      this.#phase("Thinking");
      this.#thought += text;
      this.#part(".thinking").hidden = false;
      this.#part(".thinking p").textContent = this.#thought;
      this.#part(".thinking summary").textContent = `What it thought before the answer: ${plural(this.#thought.trim().split(/\s+/).length, "word")}`;
    },
    text: ({ pieces }) => {
      this.#part(".phase").hidden = true;
      pieces.forEach((piece) => this.#write(piece));
    },
    progress: (statistics) => this.#figures(statistics),
    done: ({ finishReason, mode, shortened, timeToFirstToken, ...statistics }) => {
      this.#figures(statistics);
      this.#part(".first").textContent = timeToFirstToken === null ? "–" : seconds(timeToFirstToken);
      const notes = [
        mode !== this.mode && "The documents are so short that the drafter could read them whole: the target answered alone.",
        shortened && "The documents are longer than the target can read; it did not read their middle.",
        finishReason === "LENGTH" && "The answer was cut at its greatest length.",
      ];
      say(this.#part(".note"), notes.filter(Boolean).join(" "));
    },
    stopped: () =>
      say(
        this.#part(".note"),
        this.#count() > 0 ? `Stopped after ${plural(this.#count(), "token")}.` : "Stopped before its first token.",
      ),
    failed: ({ title, detail }) => say(this.#part(".problem"), [title, detail].filter(Boolean).join(": ")),
  };

  #end(event, { at }) {
    this.ending = event;
    this.seconds = this.#startedAt === null || at === undefined ? null : (at - this.#startedAt) / 1000;
    clearInterval(this.#timer);
    this.element.classList.remove("running");
    this.#part(".phase").hidden = true;
    this.#part(".connection").hidden = true;
    this.#part(".clock").textContent = this.seconds === null ? "" : seconds(this.seconds);
    say(this.#part(".plain"), this.spoken());
    this.#heard.end(this);
  }

  /** The whole of it in words, for those who do not see the colours of its tokens. */
  spoken() {
    const { TARGET, DRAFTER, LOOKUP, GRAMMAR } = this.#pieces;
    const found = LOOKUP > 0 ? `${LOOKUP} found earlier in the text and accepted, ` : "";
    const given = GRAMMAR > 0 ? `${GRAMMAR} given by the answer's form, ` : "";
    const tokens = `${plural(this.#count(), "token")}: ${DRAFTER} proposed by the drafter and accepted, ${found}${given}${TARGET} chosen by the target.`;
    return [this.text, this.#count() > 0 && `(${tokens})`, this.#part(".note").textContent, this.#part(".problem").textContent]
      .filter(Boolean)
      .join(" ");
  }

  /** Says how long the plain model would have written, at the speed it had a moment ago. */
  setBeside(plainTokensPerSecond) {
    const { emittedTokens, tokensPerSecond } = this.statistics;
    say(
      this.#part(".plainly"),
      `The plain model wrote ${speed(plainTokensPerSecond)} tokens a second last time; for these ${count(emittedTokens)} it would take ${seconds(emittedTokens / plainTokensPerSecond)}, not ${seconds(emittedTokens / tokensPerSecond)}.`,
    );
  }

  #share(tokens) {
    const { DRAFTER, LOOKUP } = this.#pieces;
    return `${count(DRAFTER)} of ${count(tokens)}` + (LOOKUP > 0 ? `, ${count(LOOKUP)} found` : "");
  }

  #count() {
    return Object.values(this.#pieces).reduce((sum, pieces) => sum + pieces);
  }

  /** A piece with its space before it, so that lines do not end in colour. */
  #write({ text, source }) {
    const [, space, word] = /^(\s*)(.*)$/s.exec(text);
    this.#place.append(space, element("span", { className: `piece ${CLASSES[source]}`, text: word }));
    this.#pieces[source]++;
    this.text += text;
    const inCode = (this.text.match(CODE_FENCE) ?? []).length % 2 === 1;
    if (inCode !== (this.#place.localName === "code")) {
      const pieces = this.#part(".pieces");
      this.#place = inCode ? pieces.appendChild(element("code")) : pieces;
    }
  }

  #figures(statistics) {
    this.statistics = statistics;
    const { tokensPerSecond, acceptanceRate, draftedTokens, emittedTokens, rounds, roundsWithoutDraft } = statistics;
    this.#part(".figures").hidden = false;
    this.#part(".speed").textContent = speed(tokensPerSecond);
    this.#part(".tokens").textContent = count(emittedTokens);
    this.#part(".drafter-share").textContent = this.#share(emittedTokens);
    this.#part(".rounds").textContent =
      count(rounds) + (draftedTokens > 0 && roundsWithoutDraft > 0 ? `, ${count(roundsWithoutDraft)} without draft` : "");
    this.#part(".acceptance").textContent = draftedTokens > 0 ? percent(acceptanceRate) : "–";
    const { cachedTokens, restoredTokens } = statistics;
    const prompt = promptTokens(statistics);
    const skipped = cachedTokens > prompt / 2;
    this.#part(".memory").classList.toggle("skipped", skipped);
    say(
      this.#part(".memory"),
      skipped
        ? `Reading skipped: ${count(cachedTokens)} of ${count(prompt)} tokens were ${place(cachedTokens, restoredTokens)}.`
        : `Reading: ${count(prompt - cachedTokens)} of ${count(prompt)} tokens had to be read.`,
    );
  }

  /** Of two prompts with passages the shorter one is the drafter's; which the first is shows when there is another. */
  #prompt(total) {
    this.#firstPrompt ??= total;
    if (this.passages.length === 0 || total === this.#firstPrompt) {
      return "";
    }
    return total > this.#firstPrompt ? " the whole text" : " the passages";
  }

  #phase(text, done, total) {
    const phase = this.#part(".phase");
    phase.hidden = false;
    phase.querySelector("p").textContent = text;
    showProgress(phase.querySelector("progress"), done, total);
  }

  #tick() {
    if (this.#startedAt !== null) {
      const elapsed = performance.now() - this.#arrival - this.#startedAt;
      this.#part(".clock").textContent = `${(elapsed / 1000).toFixed(1)} s`;
    }
  }

  #part(selector) {
    return this.element.querySelector(selector);
  }
}
