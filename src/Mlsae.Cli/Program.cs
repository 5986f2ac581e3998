using Mlsae.Cli;

return await CommandLine.RunAsync(args);
