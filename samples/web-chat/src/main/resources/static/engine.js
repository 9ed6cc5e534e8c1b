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

const megabytes = (bytes) => count(Math.round(bytes / 1_000_000));

/** How far the weights are; nothing while the models' files are still looked for or read. */
function describeLoading(loading) {
  return loading
    ? `Loading ${loading.model}: ${megabytes(loading.bytes)} of ${megabytes(loading.totalBytes)} MB`
    : "";
}

const place = (device) => (device === "cpu" ? "the CPU" : device);

const draftsForItself = ({ target, drafter }) => JSON.stringify(target) === JSON.stringify(drafter);

function describe(status) {
  const { target, drafter, cacheBytes } = status;
  const model = ({ name, bytes, device }) => `${name} on ${place(device)} (${megabytes(bytes)} MB)`;
  return [
    `Model ${model(target)}`,
    !draftsForItself(status) && `drafter ${model(drafter)}`,
    `reads up to ${count(target.contextLength)} tokens`,
    cacheBytes > 0 && `${megabytes(cacheBytes)} MB hold what it has read`,
  ]
    .filter(Boolean)
    .join("; ");
}

function describeFormats({ target, drafter }) {
  const formats = ({ name, weights, cache }) => `${name}: ${weights} weights, ${cache} cache.`;
  return [...new Set([target, drafter].map(formats))].join(" ");
}

const describeDrafter = (status) =>
  (draftsForItself(status) ? "The same model, which " : `Another model, ${status.drafter.name}, which `) +
  "reads only the passages that fit the question, and proposes several tokens at a time.";

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

  /** Says anew how much memory is in use. */
  async refresh() {
    const status = await api.status().catch(() => null);
    if (status?.state === "ready") {
      this.#say(status);
    }
  }

  #say(status) {
    byId("engine").textContent = describe(status);
    byId("engine-details").textContent = describeFormats(status);
    byId("drafter-hint").textContent = describeDrafter(status);
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
      if (status.state === "ready") {
        this.#say(status);
        return;
      }
      byId("engine").textContent = describeLoading(status.loading);
      await new Promise((resolve) => setTimeout(resolve, 1000 * RETRY[status.state]));
    }
  }
}
