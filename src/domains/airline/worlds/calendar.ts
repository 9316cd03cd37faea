import { today } from "../state.ts";

const minutesPerDay = 24 * 60;
const msPerDay = minutesPerDay * 60_000;

const twoDigits = (n: number) => String(n).padStart(2, "0");

/** The date `days` after (or before, if negative) a date. */
export function dayAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * msPerDay).toISOString().slice(0, 10);
}

const datesOfMay = Array.from({ length: 31 }, (_, i) => `2024-05-${twoDigits(i + 1)}`);

/** The date of a day of May 2024, the month that every schedule covers. */
export function may(day: number): string {
  const date = datesOfMay[day - 1];
  if (date === undefined) throw new RangeError(`may: expected a day 1–31, got ${day}`);
  return date;
}

/** True for a date `YYYY-MM-DD` that exists; the answers are remembered, since worlds name the same few over and over. */
export function isRealDate(date: string): boolean {
  const known = realDates.get(date);
  if (known !== undefined) return known;
  const ms = Date.parse(`${date}T00:00:00Z`);
  const isReal = !Number.isNaN(ms) && new Date(ms).toISOString().slice(0, 10) === date;
  if (realDates.size < mostDates) realDates.set(date, isReal);
  return isReal;
}

const realDates = new Map<string, boolean>();
/** Dates remembered at most: foreign worlds can name any number of them. */
const mostDates = 10_000;

/** True for a local time `YYYY-MM-DDTHH:MM:SS` that exists. */
export function isRealTime(time: string): boolean {
  return /^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3])(:[0-5]\d){2}$/.test(time) && isRealDate(time.slice(0, 10));
}

/** True for a clock time `HH:MM:SS`, with `+1` if it is on the next day. */
export function isRealClock(clock: string): boolean {
  return /^([01]\d|2[0-3])(:[0-5]\d){2}(\+1)?$/.test(clock);
}

/** A schedule's time of day for minutes after midnight: `HH:MM:SS`, with `+1` from 1,440 minutes on. */
export function clockOf(minutes: number): string {
  const inDay = minutes % minutesPerDay;
  const clock = `${twoDigits(Math.floor(inDay / 60))}:${twoDigits(inDay % 60)}:00`;
  return minutes >= minutesPerDay ? `${clock}+1` : clock;
}

/** Minutes after midnight of a schedule's time of day. */
export function minutesOf(clock: string): number {
  const minutes = Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5)) + Number(clock.slice(6, 8)) / 60;
  return clock.endsWith("+1") ? minutes + minutesPerDay : minutes;
}

/** Minutes from the start of today to a schedule's time on a date. */
export function minutesFromToday(date: string, clock: string): number {
  return (Date.parse(`${date}T00:00:00Z`) - Date.parse(`${today}T00:00:00Z`)) / 60_000 + minutesOf(clock);
}

/** The local time `minutes` after a date's midnight. */
export function timeAt(date: string, minutes: number): string {
  const days = Math.floor(minutes / minutesPerDay);
  const inDay = minutes - days * minutesPerDay;
  const day = days === 0 ? date : dayAfter(date, days);
  return `${day}T${twoDigits(Math.floor(inDay / 60))}:${twoDigits(Math.floor(inDay % 60))}:00`;
}
