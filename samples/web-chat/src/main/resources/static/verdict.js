import { promptTokens } from "./answer.js";
import { count, plural, seconds, speed } from "./format.js";
import { MODES } from "./modes.js";

const NOTABLE_READING = 500; // tokens

const name = (answer) => (answer.mode === "LONG_CONTEXT" ? "the plain model" : MODES[answer.mode].name);

const capitalised = (sentence) => sentence[0].toUpperCase() + sentence.slice(1);

const tokensPerSecond = (answer) => answer.statistics.tokensPerSecond;

/** What the comparison of two finished answers comes to, in plain words: the main thing, and what else there is. */
export function verdict(first, second) {
  if ([first, second].some(({ ending, statistics }) => ending !== "done" || !statistics?.emittedTokens)) {
    return ["No comparison: not both answers were written to the end."];
  }
  const [faster, slower] = tokensPerSecond(first) >= tokensPerSecond(second) ? [first, second] : [second, first];
  const factor = (tokensPerSecond(faster) / tokensPerSecond(slower)).toFixed(1);
  const speeds = [faster, slower].map((answer) => speed(tokensPerSecond(answer))).join(" against ");
  const sentences = [
    factor === "1.0"
      ? `Both wrote about as many tokens a second (${speeds}).`
      : `${name(faster)} wrote ${factor} times as many tokens a second as ${name(slower)} (${speeds}).`,
    `${name(first)} took ${seconds(first.seconds)} in all, ${name(second)} ${seconds(second.seconds)}.`,
  ];
  const unread = ({ statistics }) => promptTokens(statistics) - statistics.cachedTokens;
  if (Math.abs(unread(first) - unread(second)) > NOTABLE_READING) {
    sentences.push(
      `For that ${name(first)} read ${plural(unread(first), "token")} and ${name(second)} ${count(unread(second))}; the rest had been read before.`,
    );
  }
  sentences.push(first.text === second.text ? "The answers are the same, word for word." : "The answers differ.");
  return sentences.map(capitalised);
}
