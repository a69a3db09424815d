using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace BrightKitchen.CentralServer.Data.Migrations
{
    /// <inheritdoc />
    public partial class PublicDrawsAndVisits : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "VisitToken",
                table: "Sites",
                type: "TEXT",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<string>(
                name: "Commitment",
                table: "Draws",
                type: "TEXT",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<string>(
                name: "Names",
                table: "Draws",
                type: "TEXT",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<DateOnly>(
                name: "PublishOn",
                table: "Draws",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Source",
                table: "Draws",
                type: "TEXT",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<string>(
                name: "PublicText",
                table: "Cases",
                type: "TEXT",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "DrawSteps",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    DrawId = table.Column<int>(type: "INTEGER", nullable: false),
                    At = table.Column<long>(type: "INTEGER", nullable: false),
                    PersonId = table.Column<string>(type: "TEXT", nullable: false),
                    Step = table.Column<string>(type: "TEXT", nullable: false),
                    Text = table.Column<string>(type: "TEXT", nullable: false),
                    Site = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_DrawSteps", x => x.Id);
                });

            // Each site that is there has an address of its own.
            migrationBuilder.Sql("UPDATE Sites SET VisitToken = lower(hex(randomblob(16)));");

            migrationBuilder.CreateIndex(
                name: "IX_Sites_VisitToken",
                table: "Sites",
                column: "VisitToken",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_DrawSteps_Draw",
                table: "DrawSteps",
                column: "DrawId");

            migrationBuilder.CreateIndex(
                name: "IX_DrawSteps_Once",
                table: "DrawSteps",
                column: "DrawId",
                unique: true,
                filter: "\"Step\" <> 'result'");

            // What was done stays on record.
            migrationBuilder.Sql("CREATE TRIGGER DrawSteps_update BEFORE UPDATE ON DrawSteps BEGIN SELECT RAISE(ABORT, 'DrawSteps is append-only'); END;");
            migrationBuilder.Sql("CREATE TRIGGER DrawSteps_delete BEFORE DELETE ON DrawSteps BEGIN SELECT RAISE(ABORT, 'DrawSteps is append-only'); END;");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "DrawSteps");

            migrationBuilder.DropIndex(
                name: "IX_Sites_VisitToken",
                table: "Sites");

            migrationBuilder.DropColumn(
                name: "VisitToken",
                table: "Sites");

            migrationBuilder.DropColumn(
                name: "Commitment",
                table: "Draws");

            migrationBuilder.DropColumn(
                name: "Names",
                table: "Draws");

            migrationBuilder.DropColumn(
                name: "PublishOn",
                table: "Draws");

            migrationBuilder.DropColumn(
                name: "Source",
                table: "Draws");

            migrationBuilder.DropColumn(
                name: "PublicText",
                table: "Cases");
        }
    }
}
