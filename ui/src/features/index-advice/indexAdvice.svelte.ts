// What the Index advice page knows: which advice is looked at, and the whole of it once it has ended.
import type { AdviceFormat } from '../../api/generated/AdviceFormat';
import type { AdviceId } from '../../api/generated/AdviceId';
import type { AdviceStatus } from '../../api/generated/AdviceStatus';
import type { IndexAdvice } from '../../api/generated/IndexAdvice';
import type { IndexAdviceRequest } from '../../api/generated/IndexAdviceRequest';
import { host } from '../../api/host';
import { Resource } from '../../api/resource.svelte';
import { live } from '../../app/live.svelte';
import { location } from '../../app/location.svelte';
import { followId } from '../../app/pageData.svelte';
import { moment } from '../../shared/format';

export type AdviceResource = Resource<AdviceId, IndexAdvice>;

export const adviceResource = (): AdviceResource => new Resource((id) => host().adviceReport(id));

export const hasAdvice = ({ state }: AdviceStatus): boolean =>
  state.type === 'done' || state.type === 'cancelled';

/** What the address names, else the newest with a result, else the newest. */
export function chosenAdvice(advices: AdviceStatus[], id: string | undefined): AdviceStatus | null {
  if (id !== undefined) return advices.find((advice) => advice.id === id) ?? null;
  return advices.find(hasAdvice) ?? advices[0] ?? null;
}

/** Fetches the chosen advice, once it has a result, for as long as the page is open. */
export function followAdvice(resource: AdviceResource, chosen: () => AdviceStatus | null): void {
  // A running one changes several times a second; only whether there is a result matters here.
  const id = $derived.by(() => {
    const advice = chosen();
    return advice && hasAdvice(advice) ? advice.id : null;
  });
  followId(resource, () => id);
}

export const adviceFor = (resource: AdviceResource, chosen: AdviceStatus | null): IndexAdvice | null =>
  resource.data?.id === chosen?.id ? resource.data : null;

export const optionsOf = (advices: AdviceStatus[], now: number) =>
  advices.filter(hasAdvice).map((advice) => ({
    value: advice.id,
    text: `${advice.name}, ${moment(advice.started_at, now)}`,
  }));

/** Asks for advice and shows how it goes on. */
export async function startAdvice(request: IndexAdviceRequest): Promise<void> {
  const advice = await host().adviceStart(request);
  // Its events may have come before this answer, and they know more.
  if (!live.advices?.some((known) => known.id === advice.id)) live.putAdvice(advice);
  location.go('index-advice', { advice: advice.id });
}

/** The form over what is shown: empty, with what was asked for before, or with that and a database. */
export const openForm = (advice: AdviceId | undefined, add: 'yes' | 'again' | 'database' = 'yes'): void =>
  location.go('index-advice', advice === undefined ? { add } : { advice, add });

export const FORMATS: { value: AdviceFormat; text: string; hint: string }[] = [
  { value: 'text', text: 'Plain text', hint: 'As mconsole prints it' },
  { value: 'markdown', text: 'Markdown', hint: 'For an issue or a merge request' },
  { value: 'json', text: 'JSON', hint: 'Everything, for programs' },
  { value: 'document', text: 'mPanel’s JSON', hint: 'In the shape of mPanel’s index advisor' },
];
