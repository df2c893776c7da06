// The kinds of scripts, which one this person works with, and the files of it.
import type { AdviceId } from '../../api/generated/AdviceId';
import type { ScriptChoice } from '../../api/generated/ScriptChoice';
import type { ScriptFile } from '../../api/generated/ScriptFile';
import type { ScriptKind } from '../../api/generated/ScriptKind';
import { host } from '../../api/host';
import { Resource } from '../../api/resource.svelte';
import { Remembered } from '../../shared/remembered.svelte';

export type ScriptTab = 'apply' | 'roll_back' | 'migration';

export const TABS: { value: ScriptTab; text: string; hint: string }[] = [
  { value: 'apply', text: 'Apply', hint: 'Creates and drops what is ticked' },
  { value: 'roll_back', text: 'Roll back', hint: 'Undoes what Apply did' },
  { value: 'migration', text: 'Migration', hint: 'The same for the migrations of a framework' },
];

export const MIGRATIONS: { value: ScriptKind; text: string }[] = [
  { value: 'prisma', text: 'Prisma' },
  { value: 'knex', text: 'Knex' },
  { value: 'rails', text: 'Rails' },
  { value: 'django', text: 'Django' },
  { value: 'flyway', text: 'Flyway' },
  { value: 'golang_migrate', text: 'golang-migrate' },
];

const tool = new Remembered('migration-tool');

export const migration = {
  get value(): ScriptKind {
    return MIGRATIONS.find(({ value }) => value === tool.value)?.value ?? 'prisma';
  },
  set value(kind: string) {
    tool.value = kind;
  },
};

export interface Asked {
  id: AdviceId;
  choice: ScriptChoice;
  kind: ScriptKind;
}

export const scriptResource = (): Resource<Asked, ScriptFile[]> =>
  new Resource(({ id, choice, kind }) => host().adviceScript(id, choice, kind));
