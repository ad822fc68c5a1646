"""The execution of operations: variables, field authorization, resolvers, results and errors."""
