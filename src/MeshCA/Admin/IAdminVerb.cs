using System.CommandLine;

namespace MeshCA.Admin;

/// <summary>One command of the command line, in a file of its own.</summary>
internal interface IAdminVerb
{
    /// <summary>The words that call it: <c>version</c>, or a group and a verb, <c>cert inspect</c>.</summary>
    string Name { get; }

    /// <summary>One line for the help.</summary>
    string Description { get; }

    /// <summary>Its arguments and options; each says what it is, with the unit and the default.</summary>
    IEnumerable<Symbol> Parameters { get; }

    /// <summary>Does it.</summary>
    /// <param name="arguments">The parsed command line.</param>
    /// <param name="output">Where the answer and errors go.</param>
    /// <param name="cancellationToken">Ends when the process is told to end.</param>
    Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken);
}
