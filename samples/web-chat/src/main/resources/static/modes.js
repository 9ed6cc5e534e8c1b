export const MODES = {
  RAPID: {
    name: "RAPID",
    explanation: "The drafter reads the passages, the target everything; the target also learns from the drafter.",
    drafts: true,
    searches: true,
  },
  SPECULATIVE: {
    name: "Speculative",
    explanation: "The same with margin 0: the answer is the target's own, only faster.",
    drafts: true,
    searches: true,
  },
  STREAMING_DRAFT: {
    name: "Streaming draft",
    explanation: "The target drafts for itself from the beginning and the end of the document; nothing is searched for.",
    drafts: true,
    searches: false,
  },
  NAIVE_SPECULATIVE: {
    name: "Naive speculation",
    explanation: "A drafter of its own reads the whole document, too; nothing is searched for.",
    drafts: true,
    searches: false,
  },
  LONG_CONTEXT: {
    name: "Plain model",
    explanation: "The target alone reads everything and writes every token itself.",
    drafts: false,
    searches: false,
  },
  PASSAGE_ATTENTION: {
    name: "Passage attention",
    explanation: "The target reads everything, and writes while it attends to the passages only.",
    drafts: false,
    searches: true,
  },
  RETRIEVAL_ONLY: {
    name: "Retrieval only",
    explanation: "The drafter alone answers from the passages; nobody reads the whole document.",
    drafts: false,
    searches: true,
  },
};
