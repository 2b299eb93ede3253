using Microsoft.Extensions.Options;

namespace MeshCA.Configuration;

/// <summary>A rule between sections: the sockets are two.</summary>
internal sealed class SocketsDifferValidator(IOptions<ServerOptions> server) : IValidateOptions<DecisionOptions>
{
    public ValidateOptionsResult Validate(string? name, DecisionOptions options) =>
        options.Socket.Length > 0 && options.Socket == AdminSocket()
            ? ValidateOptionsResult.Fail($"Decisions:Socket and Server:AdminSocket are both `{options.Socket}`.")
            : ValidateOptionsResult.Success;

    // What is wrong with that section itself is reported there.
    private string? AdminSocket()
    {
        try
        {
            return server.Value.AdminSocket;
        }
        catch (OptionsValidationException)
        {
            return null;
        }
    }
}
