import { byId } from "./dom.js";
import { MODES } from "./modes.js";

const KEY = "settings";
const SLIDERS = ["margin", "draftTokens", "temperature"];

/** How answers are written: what the form says, kept over a reload. */
export class Settings {
  #form = byId("settings");
  #maxOutputTokens;

  constructor() {
    this.#form.addEventListener("submit", (event) => event.preventDefault());
    for (const input of [this.#form, byId("compare")]) {
      input.addEventListener("input", () => {
        this.#describe();
        sessionStorage.setItem(KEY, JSON.stringify({ ...this.#values(), compare: byId("compare").checked }));
      });
    }
  }

  /** Starts with the server's defaults, or with what was set before a reload. */
  configure(defaults) {
    const { compare = false, ...values } = { ...defaults, ...JSON.parse(sessionStorage.getItem(KEY) ?? "{}") };
    byId("mode").value = values.mode;
    SLIDERS.forEach((name) => (byId(name).value = values[name]));
    byId("compare").checked = compare;
    this.#maxOutputTokens = defaults.maxOutputTokens;
    this.#describe();
  }

  /** The settings as the server wants them. */
  request() {
    return {
      ...this.#values(),
      compare: byId("compare").checked && !byId("compare").disabled,
      maxOutputTokens: this.#maxOutputTokens,
    };
  }

  #values() {
    return {
      mode: byId("mode").value,
      ...Object.fromEntries(SLIDERS.map((name) => [name, Number(byId(name).value)])),
    };
  }

  #describe() {
    const { mode } = this.#values();
    SLIDERS.forEach((name) => {
      const { value } = byId(name);
      this.#form.querySelector(`output[for=${name}]`).textContent = name === "draftTokens" && value === "0" ? "auto" : value;
    });
    byId("mode-name").textContent = MODES[mode].name;
    byId("mode-hint").textContent = MODES[mode].explanation;
    byId("compare").disabled = mode === "LONG_CONTEXT";
    byId("margin").disabled = mode !== "RAPID";
    byId("draftTokens").disabled = !MODES[mode].drafts;
    byId("margin-hint").textContent =
      "How far the target's choice moves towards the drafter's; the paper uses 5 to 50. At 0 the answer is the target's own.";
  }
}
