"""APPSYNC_JS resolver code: its syntax, its rules, its translation and its evaluation in V8."""
