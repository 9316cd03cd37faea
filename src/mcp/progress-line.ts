import type { Progress } from "../tools/tool.ts";

/** Where progress is shown. */
export interface Screen {
  readonly isTerminal: boolean;
  readonly columns: number;
  write(text: string): void;
}

export interface ProgressLine {
  show(progress: Progress): void;
  /** Clears the bar, so that other text can follow. */
  end(): void;
}

const barWidth = 24;

/** Progress as a bar that is drawn over on a terminal, and as plain lines, one for each news, elsewhere. */
export function createProgressLine({ isTerminal, columns, write }: Screen): ProgressLine {
  let shown = "";
  return {
    show: ({ done, total, message }) => {
      const figures = `${Math.floor(done)}/${total} ${message}`;
      if (figures === shown) return;
      shown = figures;
      if (!isTerminal) return write(`${figures}\n`);
      const full = total > 0 ? Math.min(barWidth, Math.round((done / total) * barWidth)) : 0;
      const bar = `[${"#".repeat(full)}${"-".repeat(barWidth - full)}] ${figures}`;
      write(`\r\u001b[K${bar.slice(0, Math.max(20, columns - 1))}`);
    },
    end: () => {
      if (isTerminal && shown !== "") write("\r\u001b[K");
      shown = "";
    },
  };
}
