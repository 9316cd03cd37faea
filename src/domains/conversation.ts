import type { Axis } from "./domain.ts";

/** The axes of a whole conversation, common to all domains. */
export const conversationAxes: readonly Axis[] = [
  {
    name: "requests",
    meaning: "how many things are wanted in one conversation; 4 means four or more",
    values: [1, 2, 3, 4],
    simplest: 1,
    scope: "conversation",
    kinds: [],
    afterLookup: [],
  },
  {
    name: "schedule",
    meaning: "when they come up: all at once, each after the last, or the last one late",
    values: ["together", "one_by_one", "late"],
    simplest: "together",
    scope: "conversation",
    kinds: [],
    afterLookup: [],
  },
];
