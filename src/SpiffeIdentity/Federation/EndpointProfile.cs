namespace SpiffeIdentity.Federation;

/// <summary>How a bundle endpoint proves who it is (Federation §5.2).</summary>
public enum EndpointProfile
{
    /// <summary><c>https_web</c>: a certificate of the public Web PKI for the URL's host (Federation §5.2.1).</summary>
    HttpsWeb = 1,

    /// <summary><c>https_spiffe</c>: an X509-SVID of a SPIFFE ID known beforehand; the host's name does not count (Federation §5.2.2).</summary>
    HttpsSpiffe = 2,
}
