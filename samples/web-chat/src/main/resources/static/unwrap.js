const PAGE = [50, 120]; // characters of the longest line of a text whose lines were broken to fit a page
const WORD = /^[\p{L}("'“‘][^\s,;:|=]*/u;
const SMALL_LETTER = /^\p{Ll}/u;
const STATEMENT_END = /[;{}>]\s*$/; // of code and markup
const LABEL = /^[^\s,;:|=]+\s*(=|:(\s|$))/; // of a setting or a message

/**
 * A text whose lines were broken to fit a page, with spaces in place of these breaks, so that it fits any width. A
 * line goes on where its next word would not have fitted, or where a long one is followed by a small letter, but not
 * between statements, settings or messages. Every character stays where it was; other texts stay as they are.
 */
export function unwrap(text) {
  const lines = text.split("\n");
  const longest = Math.max(...lines.map(({ length }) => length));
  if (longest < PAGE[0] || longest > PAGE[1]) {
    return text;
  }
  const goesOn = (line, next) => {
    if (STATEMENT_END.test(line) || LABEL.test(next)) {
      return false;
    }
    const { length } = line;
    const word = WORD.exec(next)?.[0];
    return word && (length + 1 + word.length > longest || (length > longest / 2 && SMALL_LETTER.test(word)));
  };
  return lines.reduce((unwrapped, line, i) => unwrapped + (goesOn(lines[i - 1], line) ? " " : "\n") + line);
}
