/** An error as the server (RFC 9457) or the network reports it. */
export class Problem extends Error {
  constructor({ status = 0, title, detail, retryAfter = 0 }) {
    super([title, detail].filter(Boolean).join(": "));
    this.status = status;
    this.retryAfter = retryAfter; // seconds
  }
}

const unreachable = () =>
  new Problem({ title: "The server does not answer", detail: "check that it is running, then try again" });

function problemOf(status, body, retryAfter) {
  let { title, detail } = { title: `The server answered with an error (${status})` };
  try {
    ({ title = title, detail } = JSON.parse(body));
  } catch {
    // not a problem document: a proxy's page, for instance
  }
  return new Problem({ status, title, detail, retryAfter: Number(retryAfter) || 0 });
}

async function send(method, path, body) {
  let response;
  try {
    response = await fetch(`api/${path}`, {
      method,
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body && JSON.stringify(body),
    });
  } catch {
    throw unreachable();
  }
  if (!response.ok) {
    throw problemOf(response.status, await response.text(), response.headers.get("Retry-After"));
  }
  return response;
}

const json = async (response) => (await response).json();

export const status = () => json(send("GET", "status"));

export const createConversation = () => json(send("POST", "conversations"));

export const conversation = (id) => json(send("GET", `conversations/${id}`));

export const deleteConversation = (id) => send("DELETE", `conversations/${id}`);

export const addSample = (id) => json(send("POST", `conversations/${id}/documents/sample`));

export const readDocuments = (id) => json(send("GET", `conversations/${id}/documents/read`));

export const removeDocument = (id, document) => send("DELETE", `conversations/${id}/documents/${document}`);

export const ask = (id, question) => json(send("POST", `conversations/${id}/questions`, question));

export const stopAnswer = (answer) => send("DELETE", `answers/${answer}`);

export async function text(id, document, start, end) {
  return (await send("GET", `conversations/${id}/documents/${document}/text?start=${start}&end=${end}`)).text();
}

/** Uploads a file until the signal, telling how much of it has been sent; fetch cannot. */
export function upload(id, file, { onSent, signal }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `api/conversations/${id}/documents`);
    request.upload.onprogress = (event) => onSent(event.loaded, event.total);
    request.onerror = () => reject(unreachable());
    request.onabort = () => reject(new Problem({ title: "Not sent" }));
    signal.addEventListener("abort", () => request.abort());
    request.onload = () =>
      request.status === 201
        ? resolve(JSON.parse(request.responseText))
        : reject(problemOf(request.status, request.responseText, request.getResponseHeader("Retry-After")));
    const form = new FormData();
    form.append("file", file);
    request.send(form);
  });
}

const EVENTS = "queued started indexing passages prefill thinking text progress done stopped failed".split(" ");
const LAST_EVENTS = ["done", "stopped", "failed"];

export const isLast = (event) => LAST_EVENTS.includes(event);

/**
 * Hands on the events of an answer from its first to its last one. The browser itself connects again after a lost
 * connection, and goes on after the last event that it has seen.
 */
export function listen(answer, { onEvent, onConnection, onGone }) {
  const source = new EventSource(`api/answers/${answer}/events`);
  source.onopen = () => onConnection(true);
  source.onerror = () => (source.readyState === EventSource.CLOSED ? onGone() : onConnection(false));
  for (const event of EVENTS) {
    source.addEventListener(event, (message) => {
      if (isLast(event)) {
        source.close();
      }
      onEvent(event, JSON.parse(message.data));
    });
  }
}
