const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

export const count = (number) => whole.format(number);

export const plural = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`;

/** Seconds, as exact as they are worth reading. */
export const seconds = (value) => `${value.toFixed(value < 10 ? 2 : 1)} s`;

/** Tokens a second, as exact as they are worth reading. */
export const speed = (value) => (value < 10 ? value.toFixed(1) : count(value));

export const percent = (share) => `${whole.format(100 * share)}%`;

export function share(part, all) {
  const percentage = all > 0 ? (100 * part) / all : 0;
  return percentage > 0 && percentage < 1 ? "less than 1%" : `${whole.format(percentage)}%`;
}

const MEGABYTE = 1_000_000;

export const bytes = (number) =>
  number >= MEGABYTE ? `${whole.format(number / MEGABYTE)} MB` : `${whole.format(number / 1000)} KB`;
