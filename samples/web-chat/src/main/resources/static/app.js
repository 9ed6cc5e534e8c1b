import * as api from "./api.js";
import { Composer } from "./composer.js";
import { Documents } from "./documents.js";
import { announce, byId, say } from "./dom.js";
import { Engine } from "./engine.js";
import { Reader } from "./reader.js";
import { Session } from "./session.js";
import { Settings } from "./settings.js";
import { Turns } from "./turns.js";

const session = new Session();
const engine = new Engine((status) => {
  settings.configure(status.defaults);
  documents.configure(status);
  reader.configure(status);
  composer.limit(status.limits.questionCharacters);
  sample = status.sample;
  describe();
});
const settings = new Settings();
const reader = new Reader(() => session.current);

const turns = new Turns({
  passages: ({ passages }) => reader.highlight(passages),
  showPassages: ({ passages }) => {
    reader.highlight(passages);
    showPanel("reader");
    byId("passages").querySelector("[aria-current=true]")?.focus();
  },
  running: (running) => {
    composer.running(running);
    markRead();
    if (!running) {
      engine.refresh();
    }
  },
});

const documents = new Documents(session, {
  changed: (list) => {
    reader.documents(list);
    describe();
    markRead();
  },
  refused: () => showPanel("setup"),
  show: (id) => {
    showPanel("reader");
    reader.open(id);
  },
});

const composer = new Composer({ ask, stop: () => turns.stop() });
let sample = { questions: [] };

async function ask(question) {
  if (engine.notice) {
    throw new Error(engine.notice);
  }
  if (documents.adding) {
    composer.inform("The question is asked as soon as the files have been read.");
    await documents.added;
    composer.inform("");
  }
  try {
    const { answers } = await api.ask(await session.id(), { question, ...settings.request() });
    turns.add(question, answers);
    describe();
  } catch (problem) {
    if (problem.status === 503) {
      engine.ready();
    }
    if (problem.status === 404) {
      forget();
    }
    throw problem;
  }
}

/** Shows what there is to do next. */
function describe() {
  const place = document.activeElement;
  const added = documents.names.length > 0;
  byId("welcome").hidden = added || !turns.empty;
  say(byId("ready"), added && turns.empty ? "Ready. Ask a question below." : "");
  byId("legend").hidden = turns.empty;
  const hasSample = documents.names.includes(sample.name);
  byId("sample").hidden = hasSample;
  composer.suggest(hasSample ? sample.questions : []);
  if (place?.closest("[hidden]")) {
    byId("question").focus();
  }
}

/** What an answer is being written from is in use, and is not told. */
function markRead() {
  if (!turns.running) {
    documents.markRead();
  }
}

const narrow = matchMedia("(max-width: 48rem)");

/** Which panel is shown where there is room for one, and which beside the conversation where there is room for two. */
function showPanel(name) {
  document.body.dataset.panel = name;
  const shown = name === "conversation" && !narrow.matches ? "setup" : name;
  for (const button of document.querySelectorAll("[data-show]")) {
    button.ariaPressed = String(button.dataset.show === shown);
  }
  if (name === "reader") {
    reader.reveal();
  }
}

/** Shows the conversation that this tab had before a reload. */
async function restore() {
  try {
    const conversation = await api.conversation(session.current);
    documents.set(conversation.documents);
    turns.restore(conversation.turns);
    composer.asked(conversation.turns.map(({ question }) => question));
  } catch (problem) {
    if (problem.status === 404) {
      session.forget();
      announce("The earlier conversation is no longer there.");
    } else {
      say(byId("notice"), problem.message);
    }
  }
}

/** Shows a conversation that has not begun. */
function forget() {
  session.forget();
  turns.clear();
  documents.set([]);
  composer.running(false);
}

async function startOver() {
  await turns.stop();
  const former = session.current;
  forget();
  byId("question").focus();
  showPanel("conversation");
  if (former) {
    api.deleteConversation(former).catch(() => {}); // it expires anyway
  }
}

for (const button of document.querySelectorAll("[data-show]")) {
  button.addEventListener("click", () => showPanel(button.dataset.show));
}
narrow.addEventListener("change", () => showPanel(document.body.dataset.panel));
byId("start-over").addEventListener("click", startOver);
showPanel("conversation");
describe();
await engine.ready();
if (session.current) {
  await restore();
}
