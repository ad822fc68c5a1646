export const RestartIcon = () => (
  <svg className="graphiql-toolbar-icon" viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
    <path d="M3 8a5 5 0 1 0 1.6-3.7M4.5 1.5v3h3" />
  </svg>
);
