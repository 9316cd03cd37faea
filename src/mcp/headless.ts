import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { InputError } from "../core/errors.ts";
import { driveHarvest, type Order } from "./drive.ts";
import { createProgressLine, type Screen } from "./progress-line.ts";

/** A harvest without an assistant: the server it starts, what is wanted, and who hears of it. */
export interface Headless {
  readonly server: {
    readonly command: string;
    readonly args: readonly string[];
    readonly env: Record<string, string>;
  };
  readonly version: string;
  readonly order: Order;
  /** Where progress is shown. */
  readonly screen: Screen;
  /** Takes what is worth keeping. */
  say(text: string): void;
  /** Calls back when the user wants to stop. */
  onInterrupt(tell: () => void): void;
}

/**
 * Starts a server of its own and drives it, and answers whether all that was wanted is there. A harvest that is
 * interrupted can be taken up again (InputError).
 */
export async function runHarvest(headless: Headless): Promise<"complete" | "short"> {
  const { server, version, order, screen } = headless;
  const line = createProgressLine(screen);
  const client = new Client({ name: "faultline-harvest", version });
  let session: string | null = typeof order.session === "string" ? order.session : null;
  const interrupted = new Promise<"interrupted">((tell) => {
    headless.onInterrupt(() => tell("interrupted"));
  });
  try {
    const transport = new StdioClientTransport({ ...server, args: [...server.args], stderr: "inherit" });
    const work = client.connect(transport).then(() =>
      driveHarvest(client, order, {
        progress: line.show,
        opened: (id) => {
          session = id;
        },
        say: (text) => {
          line.end();
          headless.say(text);
        },
      }),
    );
    const end = await Promise.race([work, interrupted]);
    if (end === "interrupted") {
      work.catch(() => undefined);
      throw new InputError(`The harvest was stopped${goOn(session)}.`);
    }
    return end;
  } catch (error) {
    line.end();
    if (error instanceof InputError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new InputError(`The server did not answer (${why})${goOn(session)}.`);
  } finally {
    await client.close();
  }
}

function goOn(session: string | null): string {
  return session === null
    ? ": run the command again"
    : `; what was mined is kept: go on with faultline harvest --session ${session}`;
}
