import { z } from "zod";
import type { Alarm } from "../report/alarm.ts";

/** How varied a harvest is, in an answer. */
export const alarmSchema = z.looseObject({
  spread: z.enum(["nothing found", "too early", "spread", "collapsing"]),
  sentence: z.string(),
});

const rounded = (value: number) => Math.round(value * 1000) / 1000;

export function describeAlarm({ spread, sentence, diversity, starved, vouched }: Alarm) {
  const { tasks, modes, top, modeEvenness, axes, vendi, chanceOfNew, unseen } = diversity;
  return {
    spread,
    sentence,
    tasks,
    modes,
    top_vein: top === null ? null : { ...top, share: rounded(top.share) },
    mode_evenness: rounded(modeEvenness),
    axis_evenness: Object.fromEntries(axes.map((one) => [one.axis, rounded(one.evenness)])),
    vendi: rounded(vendi),
    chance_of_new_mode: rounded(chanceOfNew),
    modes_unseen_at_least: rounded(unseen),
    starved: {
      kinds: Object.fromEntries(starved.kinds.map((one) => [one.kind, one.tasks])),
      values: Object.fromEntries(starved.values.map((one) => [one.value, one.tasks])),
      modes_found_once: [...starved.modesFoundOnce],
    },
    screened: {
      tasks: vouched.tasks,
      failed: vouched.failed,
      failing_share_at_most: rounded(vouched.bound),
      kinds: vouched.kinds,
      regions: vouched.regions,
    },
  };
}
