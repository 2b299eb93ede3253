using System.IO;
using System.Text;
using MeshCA.Admin;
using TestSupport;

namespace MeshCA.Tests.Admin;

/// <summary>A command line whose streams are in memory.</summary>
internal sealed class CommandLineFixture : IDisposable
{
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    public ManualTimeProvider Clock { get; } = new();

    public byte[] Input { get; set; } = [];

    public string Out => _out.ToString();

    public string Error => _error.ToString();

    public async Task<int> RunAsync(IEnumerable<IAdminVerb> verbs, CancellationToken cancellationToken, params string[] arguments)
    {
        var console = new AdminConsole(() => new MemoryStream(Input), _out, _error);
        return await new AdminCommandLine(console, verbs).RunAsync(arguments, cancellationToken);
    }

    /// <summary>Runs one of the finished verbs with text on standard input.</summary>
    public Task<int> RunAsync(string input, params string[] arguments)
    {
        Input = Encoding.Latin1.GetBytes(input);
        return RunAsync([new VersionVerb(), new CertInspectVerb(Clock)], Xunit.TestContext.Current.CancellationToken, arguments);
    }

    public void Dispose()
    {
        _out.Dispose();
        _error.Dispose();
    }
}
