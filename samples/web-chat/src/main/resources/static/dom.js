export const byId = (id) => document.getElementById(id);

/** A copy of what stands in a template. */
export const fromTemplate = (id) => byId(id).content.firstElementChild.cloneNode(true);

/** Text is only ever set as text, never parsed. */
export function element(name, { text, ...properties } = {}, ...children) {
  const created = Object.assign(document.createElement(name), properties);
  if (text !== undefined) {
    created.textContent = text;
  }
  created.append(...children);
  return created;
}

/** Shows an element with a text, or hides it when there is none. */
export function say(target, text) {
  target.textContent = text ?? "";
  target.hidden = !text;
}

const MOST_ANNOUNCEMENTS = 5;

/** Tells users of a screen reader what others see happen. */
export function announce(text) {
  const announcer = byId("announcer");
  if (text) {
    announcer.append(element("p", { text }));
  }
  while (announcer.childElementCount > MOST_ANNOUNCEMENTS) {
    announcer.firstElementChild.remove();
  }
}

/** Shows a progress bar: how much of the total, or that there is something going on. */
export function showProgress(bar, done, total) {
  bar.hidden = false;
  if (total > 0) {
    bar.max = total;
    bar.value = done;
  } else {
    bar.removeAttribute("value");
  }
}
