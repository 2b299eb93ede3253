namespace WorkloadApiExample;

/// <summary>Runs one of the two examples.</summary>
internal static class Program
{
    private static Task Main(string[] args) => args[0] switch
    {
        "server" => Server.RunAsync(args),
        "client" => Client.RunAsync(args[1]),
        _ => throw new ArgumentException("server or client"),
    };
}
