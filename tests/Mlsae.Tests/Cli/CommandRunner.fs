/// Command lines as a user gives them, run in this process.
module Mlsae.Tests.Cli.CommandRunner

open System
open System.IO
open Xunit
open Mlsae.Cli

/// The exit code of a command line, and what it wrote to the error stream. The streams are the process's own, so one at a time.
let run =
    let turn = obj ()
    fun (args: string list) ->
        lock turn (fun () ->
            let output, error = Console.Out, Console.Error
            use written = new StringWriter()
            Console.SetError written
            Console.SetOut(new StringWriter())
            try
                let code = CommandLine.RunAsync(Array.ofList args).GetAwaiter().GetResult()
                code, written.ToString().Trim()
            finally
                Console.SetOut output
                Console.SetError error)

/// A command line that is refused with one sentence, which mentions what it should.
let assertRefused expectedCode (mentions: string list) args =
    let code, sentence = run args
    Assert.Equal(expectedCode, code)
    Assert.StartsWith("mlsae: ", sentence)
    Assert.DoesNotContain("\n", sentence)
    Assert.DoesNotContain("   at ", sentence)
    for mention in mentions do
        Assert.Contains(mention, sentence)
