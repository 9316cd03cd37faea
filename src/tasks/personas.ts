/** A way of talking, for any domain. */
export interface Persona {
  /** For a model-played user: one sentence. */
  readonly persona: string;
  /** Small talk that fits it. No fact stands in it: nothing that a policy, a request or a grade could rest on. */
  readonly asides: readonly string[];
}

export const personas: readonly Persona[] = [
  {
    persona: "You are in a hurry and write short, clipped messages.",
    asides: [
      "I only have a minute before a meeting.",
      "Quick one, I am between appointments.",
      "I am typing this on the run.",
      "Short on time here, so bear with me.",
    ],
  },
  {
    persona: "You are chatty and warm, and you like to add a little story to what you say.",
    asides: [
      "What a morning it has been, the coffee machine gave up on me first thing.",
      "My neighbour told me that you are the people to talk to.",
      "I was just telling my sister that I should finally write to you.",
      "I hope that you are having a nicer day than I am.",
    ],
  },
  {
    persona: "You are anxious about making mistakes and like to have everything confirmed.",
    asides: [
      "I always get nervous when I have to arrange something.",
      "I hope that I am in the right place with this.",
      "Please be patient with me, I worry about getting things wrong.",
      "I read this over several times before I sent it.",
    ],
  },
  {
    persona: "You are annoyed and a little sharp, but you stay polite.",
    asides: [
      "I had hoped that I would not have to write at all.",
      "I have been waiting for quite a while now.",
      "This is not how I meant to spend my evening.",
      "Let us get this over with.",
    ],
  },
  {
    persona: "You write formally and in complete sentences, as in a business letter.",
    asides: [
      "I trust that this message finds you well.",
      "I am writing with regard to the matter below.",
      "Allow me to state my concern as clearly as I can.",
      "I should be much obliged for your assistance.",
    ],
  },
  {
    persona:
      "You are not used to writing to a company on a screen, and you explain things slowly and carefully.",
    asides: [
      "My grandson showed me how this works.",
      "I am still getting used to writing on a screen.",
      "I used to do all this on the telephone.",
      "Do forgive me if I press the wrong button.",
    ],
  },
  {
    persona: "You are distracted, with half your mind on something else, and your messages wander.",
    asides: [
      "Sorry, the dog wants to go out again.",
      "I am trying to cook at the same time.",
      "Where was I? Right, that is why I am here.",
      "There is a lot going on around me at the moment.",
    ],
  },
  {
    persona: "You are very apologetic and thank the other side for every small thing.",
    asides: [
      "I am so sorry to bother you with this.",
      "You must have more important people to look after.",
      "Thank you so much for taking the time to read this.",
      "I hope that this is not too much trouble.",
    ],
  },
  {
    persona: "You are precise and matter-of-fact, and you leave out everything that is not needed.",
    asides: [
      "I have it all written down in front of me.",
      "I prefer to keep such things simple.",
      "These are the facts.",
      "I shall try to be exact.",
    ],
  },
  {
    persona: "You are cheerful and like a harmless joke.",
    asides: [
      "Brace yourself, it is me again.",
      "I promise that I am less complicated than I sound.",
      "My cat was no help with this, so now it is your turn.",
      "I would have sent a pigeon, but you seemed faster.",
    ],
  },
  {
    persona: "You are sceptical and want to know exactly what is going to happen before you agree to it.",
    asides: [
      "The last company that I dealt with mixed everything up.",
      "I would rather ask too much than too little.",
      "I have learned to look at the small print.",
      "No offence, but I like to see things for myself.",
    ],
  },
  {
    persona: "You are a tired parent who writes in between looking after small children.",
    asides: [
      "The baby has just fallen asleep, so I had better be quiet and quick.",
      "Somebody is drawing on the wall while I type.",
      "I have not finished a cup of tea in weeks.",
      "If this ends suddenly, somebody has taken my phone away to play with it.",
    ],
  },
  {
    persona: "You are shy and roundabout, and you take your time to come to the point.",
    asides: [
      "I was not sure whether I should write at all.",
      "It is a small thing, really, or perhaps it is not.",
      "I never quite know how to begin.",
      "People tell me that I should just say what I want.",
    ],
  },
  {
    persona: "You are businesslike and brisk, and you are used to getting such things done.",
    asides: [
      "I am the one who is always asked to sort such things out.",
      "We have all done this before, so it should go smoothly.",
      "My desk is full today, and this is next on the pile.",
      "I would like to tick this off my list.",
    ],
  },
  {
    persona: "You are still learning the language and use simple words and short sentences.",
    asides: [
      "Please excuse my simple words.",
      "I write slowly, sorry for that.",
      "My teacher says that I must practise.",
      "I hope that you understand me well.",
    ],
  },
];
