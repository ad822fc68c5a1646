import { DOC_EXPLORER_PLUGIN } from '@graphiql/plugin-doc-explorer';
import { explorerPlugin } from '@graphiql/plugin-explorer';
import { pick, ToolbarButton, useGraphiQL } from '@graphiql/react';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { useEffect, useLayoutEffect, useMemo, useState, type RefObject } from 'react';
import { callersOf, type Caller } from './callers';
import type { Config } from './config';
import { fetcherOf, type Source } from './fetcher';
import { RestartIcon } from './icons';
import { LiveUpdates } from './LiveUpdates';
import { preparedTabs, type Prepared } from './prepared';
import { RunAs } from './RunAs';
import { storageOf, type Storage } from './storage';
import { THEMES, useTheme } from './theme';

const PLUGINS = [explorerPlugin({ showAttribution: false }), HISTORY_PLUGIN];
const IS_WIDE = matchMedia('(min-width: 60rem)').matches; // a narrow page has no room for the documentation at first view

export function Console({ config }: { config: Config }) {
  const { callers, fetcher, prepared, runningRef, storage } = useMemo(() => setUp(config), [config]);
  return (
    <GraphiQL
      fetcher={fetcher}
      storage={storage}
      plugins={PLUGINS}
      {...(IS_WIDE && { visiblePlugin: DOC_EXPLORER_PLUGIN })}
      defaultTabs={prepared.map(({ query, variables }) => ({ query, variables }))}
      editorTheme={THEMES} // no schemaDescription, no inputValueDeprecation: AppSync does not know their introspection
    >
      <GraphiQL.Logo>
        <Callers {...{ callers, prepared, runningRef, storage }} />
      </GraphiQL.Logo>
      <GraphiQL.Toolbar>
        {({ prettify, copy, merge }) => (
          <>
            {prettify}
            {merge}
            {copy}
            <ToolbarButton label="Start over with the prepared tabs" onClick={() => startOver(storage)}>
              <RestartIcon />
            </ToolbarButton>
          </>
        )}
      </GraphiQL.Toolbar>
      <GraphiQL.Footer>
        <LiveUpdates />
      </GraphiQL.Footer>
    </GraphiQL>
  );
}

interface SetUp {
  callers: Caller[];
  prepared: Prepared[];
  storage: Storage;
  /** The tab that runs, and its caller. */
  runningRef: RefObject<Source>;
}

function setUp(config: Config): SetUp & { fetcher: ReturnType<typeof fetcherOf> } {
  const callers = callersOf(config);
  const runningRef = { current: { tab: '', caller: callers[0]! } };
  return {
    callers,
    runningRef,
    fetcher: fetcherOf(new URL(config.graphqlUrl, location.href), () => runningRef.current),
    prepared: preparedTabs(config),
    storage: storageOf(config.userPoolId),
  };
}

function startOver(storage: Storage): void {
  storage.clear();
  location.reload();
}

const CHOSEN = 'callers';

/** The switch of the active tab. A prepared tab begins with its own caller, every other tab with the first. */
function Callers({ callers, prepared, runningRef, storage }: SetUp) {
  const { tabs, activeTabIndex, queryEditor } = useGraphiQL(pick('tabs', 'activeTabIndex', 'queryEditor'));
  const [chosen, setChosen] = useState<Record<string, string>>(() => JSON.parse(storage.getItem(CHOSEN) ?? '{}'));
  useTheme();
  const tab = tabs[activeTabIndex];
  const wanted = tab && (chosen[tab.id] ?? prepared.find(({ operation }) => operation === tab.title)?.caller);
  const caller = callers.find(({ name }) => name === wanted) ?? callers[0]!;
  useLayoutEffect(() => {
    runningRef.current = { tab: tab?.id ?? '', caller };
  });
  useEffect(() => {
    queryEditor?.updateOptions({ wordWrap: 'on' }); // the comments of the prepared tabs are long
  }, [queryEditor]);
  const choose = (name: string) => {
    const next = { ...chosen, [tab!.id]: name };
    storage.setItem(CHOSEN, JSON.stringify(next));
    setChosen(next);
  };
  return <RunAs callers={callers} caller={caller} choose={choose} />;
}
