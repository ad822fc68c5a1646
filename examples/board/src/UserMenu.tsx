// Who this tab acts as.
import * as Menu from '@radix-ui/react-dropdown-menu';
import { ChevronDown, Code, Keyboard, LogOut, Settings as Cog, SunMoon } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Initials } from './Initials';
import type { User } from './session';
import { main } from './ui';

const THEMES = { 'light dark': 'As the system', light: 'Light', dark: 'Dark' } as const;
const THEME = 'tasks-board-theme';

interface Props {
  user: User;
  onSettings: () => void;
  onInspect: () => void;
  onShortcuts: () => void;
  onSignOut: () => void;
}

export function UserMenu({ user, onSettings, onInspect, onShortcuts, onSignOut }: Props) {
  const [theme, setTheme] = useState(() => localStorage.getItem(THEME) ?? 'light dark');

  useEffect(() => {
    document.documentElement.style.colorScheme = theme;
    localStorage.setItem(THEME, theme);
  }, [theme]);

  return (
    <Menu.Root modal={false}>
      <Menu.Trigger className="chip-button user" aria-label={`Signed in as ${user.username}${user.isAdmin ? ', administrator' : ''}`}>
        <Initials name={user.username} /> <bdi className="user-name">{user.username}</bdi> <ChevronDown size={14} aria-hidden="true" />
      </Menu.Trigger>
      <Menu.Portal container={main()}>
        <Menu.Content className="menu" align="end" sideOffset={6} collisionPadding={8}>
          <Menu.Label>This tab acts as <bdi>{user.username}</bdi>{user.isAdmin && ', administrator'}</Menu.Label>
          <Menu.Separator />
          <Menu.Item onSelect={onSettings}><Cog size={15} aria-hidden="true" /> Settings</Menu.Item>
          <Menu.Item onSelect={onInspect}><Code size={15} aria-hidden="true" /> GraphQL of the last action</Menu.Item>
          <Menu.Item onSelect={onShortcuts}><Keyboard size={15} aria-hidden="true" /> Keyboard shortcuts <kbd>?</kbd></Menu.Item>
          <Menu.Separator />
          <Menu.Label><SunMoon size={15} aria-hidden="true" /> Colors</Menu.Label>
          <Menu.RadioGroup value={theme} onValueChange={setTheme}>
            {Object.entries(THEMES).map(([value, name]) => <Menu.RadioItem key={value} value={value}>{name}<Menu.ItemIndicator className="end">✓</Menu.ItemIndicator></Menu.RadioItem>)}
          </Menu.RadioGroup>
          <Menu.Separator />
          <Menu.Item onSelect={onSignOut}><LogOut size={15} aria-hidden="true" /> Sign out</Menu.Item>
        </Menu.Content>
      </Menu.Portal>
    </Menu.Root>
  );
}
