using System.CommandLine;

return new RootCommand("Train and question multi-layer sparse autoencoders.").Parse(args).Invoke();
