import * as api from "./api.js";
import { Composer } from "./composer.js";
import { Documents } from "./documents.js";
import { announce, byId } from "./dom.js";
import { Engine } from "./engine.js";
import { Reader } from "./reader.js";
import { Session } from "./session.js";
import { Settings } from "./settings.js";
import { Turns } from "./turns.js";

const session = new Session();
const engine = new Engine();
const settings = new Settings();
const reader = new Reader(() => session.current);

const turns = new Turns({
  passages: ({ passages }) => reader.highlight(passages),
  showPassages: ({ passages }) => {
    showPanel("reader");
    reader.highlight(passages);
    byId("passages").querySelector("button")?.focus();
  },
  running: (running) => composer.running(running),
});

const documents = new Documents(session, {
  changed: (list) => {
    reader.documents(list);
    describe();
  },
  show: (id) => {
    reader.open(id);
    showPanel("reader");
  },
});

const composer = new Composer({ ask, stop: () => turns.stop() });
let sample = { questions: [] };

async function ask(question) {
  if (engine.notice) {
    throw new Error(engine.notice);
  }
  try {
    const { answers } = await api.ask(await session.id(), { question, ...settings.request() });
    turns.add(question, answers);
    describe();
  } catch (problem) {
    if (problem.status === 503) {
      start();
    }
    throw problem;
  }
}

/** Shows what there is to do next. */
function describe() {
  byId("welcome").hidden = documents.names.length > 0 || !turns.empty;
  byId("legend").hidden = turns.empty;
  composer.suggest(documents.names.includes(sample.name) ? sample.questions : []);
}

/** On a narrow screen one panel is shown at a time. */
function showPanel(name) {
  document.body.dataset.panel = name;
  for (const button of document.querySelectorAll("[data-show]")) {
    button.ariaPressed = String(button.dataset.show === name);
  }
}

async function start() {
  const status = await engine.ready();
  settings.configure(status.defaults);
  documents.configure(status);
  composer.limit(status.limits.questionCharacters);
  sample = status.sample;
  describe();
}

/** Shows the conversation that this tab had before a reload. */
async function restore() {
  try {
    const conversation = await api.conversation(session.current);
    documents.set(conversation.documents);
    turns.restore(conversation.turns);
    composer.asked(conversation.turns.map(({ question }) => question));
  } catch (problem) {
    if (problem.status !== 404) {
      throw problem;
    }
    session.forget();
    announce("The earlier conversation is no longer there.");
  }
}

async function startOver() {
  await turns.stop();
  const former = session.current;
  session.forget();
  turns.clear();
  documents.set([]);
  composer.running(false);
  byId("question").focus();
  showPanel("conversation");
  if (former) {
    api.deleteConversation(former).catch(() => {}); // it expires anyway
  }
}

for (const button of document.querySelectorAll("[data-show]")) {
  button.addEventListener("click", () => showPanel(button.dataset.show));
}
byId("start-over").addEventListener("click", startOver);
showPanel("conversation");
describe();
await start();
if (session.current) {
  await restore();
}
