// The colors of the editors: Visual Studio's, as in GraphiQL's own themes, with the contrast that WCAG 2 (1.4.3) demands.
import { useGraphiQL, useMonaco } from '@graphiql/react';
import { useEffect } from 'react';

export const THEMES = { light: 'console-light', dark: 'console-dark' };

const TRANSPARENT = '#ffffff00';
const themes = {
  [THEMES.light]: colors('vs', { popup: '#ffffff', accent: '#d60590', number: '#5a6580', comment: '#006b00', argument: '#5b57c4', key: '#0451a5' }),
  [THEMES.dark]: colors('vs-dark', { popup: '#212a3b', accent: '#ff5794', number: '#9aa5bd', comment: '#8fbc7f', argument: '#a8a3ff', key: '#9cdcfe' }),
};

/** Sets the theme once Monaco, which GraphiQL loads, knows its colors, and tells style.css which one it is. */
export function useTheme(): void {
  const monaco = useMonaco((state) => state.monaco);
  const theme = useGraphiQL((state) => state.monacoTheme);
  useEffect(() => {
    if (!monaco || !theme) return;
    document.body.classList.toggle('light', theme === THEMES.light);
    for (const [name, data] of Object.entries(themes)) monaco.editor.defineTheme(name, data);
    monaco.editor.setTheme(theme);
  }, [monaco, theme]);
}

function colors(base: 'vs' | 'vs-dark', color: Record<'popup' | 'accent' | 'number' | 'comment' | 'argument' | 'key', string>) {
  return {
    base,
    inherit: true,
    rules: [
      { token: 'comment', foreground: color.comment },
      { token: 'comment.gql', foreground: color.comment },
      { token: 'argument.identifier.gql', foreground: color.argument },
      { token: 'string.key.json', foreground: color.key },
    ],
    colors: {
      'editor.background': TRANSPARENT,
      'scrollbar.shadow': TRANSPARENT,
      'editorLineNumber.foreground': color.number,
      'editorLineNumber.dimmedForeground': color.number,
      'editorHoverWidget.background': color.popup,
      'editorSuggestWidget.background': color.popup,
      'editorSuggestWidget.selectedForeground': color.accent,
      'editorSuggestWidget.highlightForeground': color.accent,
      'editorWidget.background': color.popup,
      'editorWidget.resizeBorder': color.accent,
      focusBorder: color.accent,
    },
  };
}
