// The fixes of a finding under their three tabs, and the framework that this person works with.
import type { Fix } from '../../api/generated/Fix';
import type { FixStyle } from '../../api/generated/FixStyle';

export type FixTab = 'sql' | 'data_loader' | 'orm';

const TABS: { value: FixTab; text: string }[] = [
  { value: 'sql', text: 'SQL' },
  { value: 'data_loader', text: 'DataLoader' },
  { value: 'orm', text: 'ORM' },
];

const ORMS: Partial<Record<FixStyle, string>> = {
  prisma: 'Prisma',
  sequelize: 'Sequelize',
  type_orm: 'TypeORM',
  rails: 'Rails',
  django: 'Django',
  sql_alchemy: 'SQLAlchemy',
  hibernate: 'Hibernate',
};

export const tabOf = ({ style }: Fix): FixTab => (style === 'sql' || style === 'data_loader' ? style : 'orm');

export const tabsOf = (fixes: Fix[]) => TABS.filter(({ value }) => fixes.some((fix) => tabOf(fix) === value));

/** By framework where there are several, by what each does where one tab holds several. */
export function optionsIn(fixes: Fix[], tab: FixTab): { value: string; text: string; fix: Fix }[] {
  const inTab = fixes.filter((fix) => tabOf(fix) === tab);
  if (tab !== 'orm') return inTab.map((fix, index) => ({ value: String(index), text: fix.title, fix }));
  return inTab.map((fix, index) => {
    const again = inTab.slice(0, index).filter(({ style }) => style === fix.style).length;
    const name = ORMS[fix.style] ?? fix.style;
    return {
      value: again === 0 ? fix.style : `${fix.style}-${again}`,
      text: again === 0 ? name : `${name}: ${fix.title}`,
      fix,
    };
  });
}
