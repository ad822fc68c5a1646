// The live board of a user's tasks.
import { extractClosestEdge } from '@atlaskit/pragmatic-drag-and-drop-hitbox/closest-edge';
import { monitorForElements } from '@atlaskit/pragmatic-drag-and-drop/element/adapter';
import * as Tabs from '@radix-ui/react-tabs';
import { Command as CommandIcon, History as HistoryIcon, Search, SquareCheck } from 'lucide-react';
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import type { TaskChange, TaskStatus } from 'tasks-api-client';
import { useStoreStatus } from 'tasks-api-client/react';
import type { Place, TaskStore } from 'tasks-api-client/sync';
import { quoted, useActions } from './actions';
import { Activity } from './Activity';
import { Column, useColumn } from './Column';
import type { Config } from './config';
import { Fault } from './Fault';
import { keepFocus } from './focus';
import { Inspector } from './Inspector';
import type { Network } from './network';
import { Notices, useNotices } from './Notices';
import { Palette, type Action } from './Palette';
import { People, type Owner } from './People';
import { placeBetween } from './place';
import { failingApi, noConnection, problemOf } from './problems';
import { QuickAdd } from './QuickAdd';
import { SelectionBar } from './Selection';
import type { User } from './session';
import { SettingsDialog } from './SettingsDialog';
import { Shortcuts } from './Shortcuts';
import { Status } from './Status';
import { TaskDialog } from './TaskDialog';
import { COLUMNS, OTHER, StoreContext, useOpenTasks, useStore, type Task } from './tasks';
import { Toolbar } from './Toolbar';
import { UiContext, type Ui } from './ui';
import { UserMenu } from './UserMenu';
import { EVERYTHING, inWords, type View } from './view';

const PHONE = '(max-width: 699px)';
const KEYS = 'tasks-board-keys';

interface Props {
  config: Config;
  user: User;
  network: Network;
  onSignOut: () => void;
}

export function Board(props: Props) {
  const { user } = props;
  const [owner, setOwner] = useState<Owner>({ id: user.id, name: user.username });

  return (
    <Notices key={owner.id}>
      <Opened {...props} owner={owner} onChoose={setOwner} />
    </Notices>
  );
}

interface OfOwner extends Props {
  owner: Owner;
  onChoose: (owner: Owner) => void;
}

function Opened(props: OfOwner) {
  const { announce, show } = useNotices();
  const store = useOpenTasks(props.owner.id, {
    onNews: (change) => announce(wordsOf(change)),
    onRefusal: ({ change, error, isOfEarlierVisit }) => {
      if (!isOfEarlierVisit) return; // whoever made the change is told
      const title = 'seen' in change ? change.seen.title : change.details.title;
      show({ isProblem: true, text: <>A change of “<bdi>{title}</bdi>” from an earlier visit was not saved. {problemOf(error).text}</> });
    },
  });

  if (!store) return <output className="alone">Loading …</output>;
  return (
    <StoreContext value={store}>
      <Page {...props} store={store} />
    </StoreContext>
  );
}

function Page({ store, config, user, network, owner, onChoose, onSignOut }: OfOwner & { store: TaskStore }) {
  const [view, setView] = useState<View>(EVERYTHING);
  const [openTask, setOpenTask] = useState<Task | null>(null);
  const [selection, setSelection] = useState<ReadonlySet<string> | null>(null);
  const [sheet, setSheet] = useState<'palette' | 'settings' | 'shortcuts' | null>(null);
  const [panel, setPanel] = useState<'activity' | 'graphql' | null>(null);
  const [hasKeys, setHasKeys] = useState(() => localStorage.getItem(KEYS) !== 'off');
  const connection = useStoreStatus(store);
  const isPhone = useMedia(PHONE);
  const { undo } = useNotices();

  useDrops(selection);
  useEffect(() => {
    document.title = owner.id === user.id ? `${user.username} · Tasks` : `${owner.name} (as ${user.username}) · Tasks`;
  }, [owner, user]);
  useEffect(() => localStorage.setItem(KEYS, hasKeys ? 'on' : 'off'), [hasKeys]);

  const ui = useMemo<Ui>(() => ({
    owner,
    open: (task) => {
      keepFocus(task.id);
      setOpenTask(task);
    },
    selection,
    select: (id) => setSelection((ids) => toggled(ids, id)),
  }), [owner, selection]);

  const toggleSelection = () => setSelection((ids) => (ids ? null : new Set()));
  const actions: Action[] = [
    { name: 'New task', keys: 'n', run: () => document.getElementById('new-task')?.focus() },
    { name: 'Search', keys: '/', run: () => document.getElementById('search')?.focus() },
    { name: 'Undo the latest change', keys: 'z', run: undo },
    { name: 'Select tasks', run: toggleSelection },
    { name: 'Show what is overdue', run: () => setView({ ...EVERYTHING, due: 'overdue' }) },
    { name: 'Order by due date', run: () => setView({ ...view, order: 'due' }) },
    { name: 'Order as I moved them', run: () => setView({ ...view, order: 'manual' }) },
    { name: 'Show everything', run: () => setView(EVERYTHING) },
    { name: 'Settings', run: () => setSheet('settings') },
    { name: 'GraphQL of the last action', run: () => setPanel('graphql') },
    { name: 'Activity', run: () => setPanel('activity') },
    { name: 'Keyboard shortcuts', keys: '?', run: () => setSheet('shortcuts') },
    { name: 'Sign out', run: onSignOut },
  ];

  useEffect(() => {
    function press(event: KeyboardEvent): void {
      if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        return setSheet((shown) => (shown ? null : 'palette'));
      }
      const isTyping = (event.target as Element).closest('input, textarea, select, [role=dialog], [role=menu]');
      if (!hasKeys || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      const action = actions.find(({ keys }) => keys === event.key);
      if (!action) return;
      event.preventDefault();
      action.run();
    }
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  });

  return (
    <UiContext value={ui}>
      <div className={`app ${panel ? 'has-panel' : ''}`}>
        <header>
          <div className="bar">
            <h1>Tasks</h1>
            {user.isAdmin && <People config={config} user={user} owner={owner} onChoose={onChoose} />}
            <label className="search">
              <span className="for-screen-readers">Search</span>
              <Search size={16} aria-hidden="true" />
              <input id="search" type="search" dir="auto" placeholder="Search" value={view.text} onChange={(event) => setView({ ...view, text: event.target.value })} />
            </label>
            <button type="button" className="icon-button" aria-label="Activity" title="Activity" aria-pressed={panel === 'activity'} onClick={() => setPanel(panel === 'activity' ? null : 'activity')}><HistoryIcon size={18} aria-hidden="true" /></button>
            <button type="button" className="icon-button palette-button" aria-label="Commands and tasks" title="Commands and tasks (Ctrl K)" onClick={() => setSheet('palette')}><CommandIcon size={17} aria-hidden="true" /></button>
            <Status store={store} network={network} config={config} user={user} />
            <UserMenu user={user} onSettings={() => setSheet('settings')} onInspect={() => setPanel('graphql')} onShortcuts={() => setSheet('shortcuts')} onSignOut={onSignOut} />
          </div>
          {owner.id !== user.id && <p className="banner">You see the board of <bdi>{owner.name}</bdi>, and change it as an administrator.</p>}
        </header>
        <output>
          {connection === 'offline' && <p className="banner offline"><strong>No connection.</strong> {noConnection()}</p>}
          {connection === 'failing' && <p className="banner offline"><strong>Not up to date.</strong> {failingApi()}</p>}
        </output>
        <main>
          <QuickAdd />
          <div className="tools">
            <Toolbar view={view} onChange={setView} />
            <button type="button" className={`chip-button ${selection ? 'is-set' : ''}`} aria-pressed={selection !== null} onClick={toggleSelection}><SquareCheck size={15} aria-hidden="true" /> Select</button>
          </div>
          {isPhone ? <ColumnTabs view={view} /> : <Columns view={view} />}
          {selection && <SelectionBar ids={selection} onEnd={() => setSelection(null)} />}
        </main>
        {panel === 'graphql' && <Inspector network={network} url={config.graphqlUrl} onClose={() => setPanel(null)} />}
        {panel === 'activity' && <Activity owner={owner.id} onClose={() => setPanel(null)} />}
        {openTask && <TaskDialog key={`${openTask.id} ${openTask.version}`} task={openTask} onClose={() => setOpenTask((open) => (open === openTask ? null : open))} />}
        {sheet === 'palette' && <Palette actions={actions} onOpen={ui.open} onClose={() => setSheet(null)} />}
        {sheet === 'settings' && <SettingsDialog onClose={() => setSheet(null)} />}
        {sheet === 'shortcuts' && <Shortcuts hasKeys={hasKeys} onKeys={setHasKeys} onClose={() => setSheet(null)} />}
      </div>
    </UiContext>
  );
}

const ALL = [...COLUMNS, OTHER];

function Columns({ view }: { view: View }) {
  return (
    <div className="columns">
      {ALL.map((column) => <Fault key={column.id} of={column.name}><Column column={column} view={view} /></Fault>)}
    </div>
  );
}

function ColumnTabs({ view }: { view: View }) {
  return (
    <Tabs.Root className="column-tabs" defaultValue={COLUMNS[0]!.id}>
      <Tabs.List aria-label="Columns">{ALL.map((column) => <ColumnTab key={column.id} column={column} view={view} />)}</Tabs.List>
      {ALL.map((column) => <Tabs.Content key={column.id} value={column.id} tabIndex={-1}><Fault of={column.name}><Column column={column} view={view} /></Fault></Tabs.Content>)}
    </Tabs.Root>
  );
}

function ColumnTab({ column, view }: { column: (typeof ALL)[number]; view: View }) {
  const { total, isLoaded } = useColumn(column, view);
  if (column === OTHER && total === 0) return null;
  return <Tabs.Trigger value={column.id}><span className={`dot ${column.id}`} aria-hidden="true" /> {column.name} <span className="count">{isLoaded && total}</span></Tabs.Trigger>;
}

/** Moves a task that is dropped on a column, and with a selected task all selected ones. */
function useDrops(selection: ReadonlySet<string> | null): void {
  const store = useStore();
  const { move, place } = useActions();

  useEffect(() => monitorForElements({
    onDrop: ({ source, location }) => {
      const { dropTargets } = location.current;
      const status = dropTargets.find(({ data }) => data.status)?.data.status as TaskStatus | undefined;
      const id = String(source.data.taskId);
      const ids = selection?.has(id) ? [...selection] : [id];
      const task = store.get(id);
      const between = ids.length === 1 && task ? placeOf(dropTargets, id) : null;
      if (between && task) place(task, status ?? (store.get(String(dropTargets[0]!.data.taskId))?.status ?? task.status), between);
      else if (status) move(ids.flatMap((each) => (store.get(each) ? [store.get(each) as Task] : [])), status);
    },
  }));
}

/** Returns the place above or below the card on which a task is dropped; null if there is no card, or the task is there already. */
function placeOf(targets: readonly { data: Record<string | symbol, unknown> }[], id: string): Place | null {
  const card = targets.find(({ data }) => data.taskId);
  const edge = card && extractClosestEdge(card.data);
  if (!card || !edge) return null;
  const [, above, below] = String(card.data.neighbors).split(',').map((neighbor) => neighbor || undefined);
  const self = String(card.data.taskId);
  if ((edge === 'top' ? above : below) === id) return null;
  return edge === 'top' ? placeBetween(above, self) : placeBetween(self, below);
}

function toggled(ids: ReadonlySet<string> | null, id: string): ReadonlySet<string> {
  const next = new Set(ids);
  if (!next.delete(id)) next.add(id);
  return next;
}

function useMedia(query: string): boolean {
  const list = useMemo(() => matchMedia(query), [query]);
  return useSyncExternalStore(
    (listener) => {
      list.addEventListener('change', listener);
      return () => list.removeEventListener('change', listener);
    },
    () => list.matches,
  );
}

/** Returns what happened, for screen readers. Of an event that this version of the board does not know, it says what it can. */
function wordsOf({ event, task: { title, status } }: TaskChange): string {
  switch (event) {
    case 'CREATED':
      return `${quoted(title)} is new in ${inWords(status)}.`;
    case 'STATUS_CHANGED':
    case 'COMPLETED':
    case 'REOPENED':
      return `${quoted(title)} moved to ${inWords(status)}.`;
    case 'DELETED':
      return `${quoted(title)} was deleted.`;
    case 'REMINDED':
      return `Reminder: ${quoted(title)}.`;
    default:
      return `${quoted(title)} was changed.`;
  }
}
