import * as api from "./api.js";
import { byId, say } from "./dom.js";
import { count } from "./format.js";

const RETRY = { loading: 1, failed: 10, unconfigured: 10, unreachable: 3 }; // seconds

const NOTICES = {
  ready: () => "",
  loading: () => "The models are being loaded. You can add questions and documents in a moment.",
  failed: ({ reason }) => `The models could not be loaded: ${reason}`,
  unconfigured: ({ reason }) => `No model is configured: ${reason ?? "set langchain4j.rapid.target and start again"}`,
  unreachable: () => "The server does not answer. Trying again.",
};

const megabytes = (bytes) => count(Math.round(bytes / 2 ** 20));

/** How far the weights are; nothing while the models' files are still looked for or read. */
function describeLoading(loading) {
  return loading
    ? `Loading ${loading.model}: ${megabytes(loading.bytes)} of ${megabytes(loading.totalBytes)} MB`
    : "";
}

function describe({ target, drafter }) {
  const model = ({ name, device, weights, cache, bytes }) =>
    `${name} (${weights}, ${megabytes(bytes)} MB, ${cache} cache, on ${device})`;
  const same = model(drafter) === model(target);
  return [
    `Target ${model(target)}, reads up to ${count(target.contextLength)} tokens`,
    same ? "drafts for itself" : `drafter ${model(drafter)}`,
  ].join("; ");
}

/** The server's engine: whether it can be asked now, and what it is. */
export class Engine {
  /** Why it cannot be asked; empty when it can. */
  notice = NOTICES.loading();
  #told; // function: status
  #watching = null;

  /** told: function of each status, also before the engine is ready */
  constructor(told) {
    this.#told = told;
  }

  /** Looks until the engine is ready, saying on the page what it waits for. */
  ready() {
    this.#watching ??= this.#watch().finally(() => (this.#watching = null));
    return this.#watching;
  }

  async #watch() {
    for (;;) {
      const status = await api.status().catch(() => ({ state: "unreachable" }));
      this.notice = NOTICES[status.state](status);
      if (byId("notice").textContent !== this.notice) {
        say(byId("notice"), this.notice);
      }
      if (status.defaults) {
        this.#told(status);
      }
      byId("engine").textContent = status.state === "ready" ? describe(status) : describeLoading(status.loading);
      if (status.state === "ready") {
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 1000 * RETRY[status.state]));
    }
  }
}
